namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Names of inputs and outputs: exported pipelines call the output for a column <c>Column.output</c>.</summary>
internal static class OnnxNames
{
    private const string OutputSuffix = ".output";

    /// <summary>The column that an output becomes.</summary>
    public static string ColumnOf(string output)
        => output.Length > OutputSuffix.Length && output.EndsWith(OutputSuffix, StringComparison.Ordinal) ? output[..^OutputSuffix.Length] : output;

    /// <summary>Where a tensor is, or −1: by its name, or without the suffix.</summary>
    public static int IndexOf(string name, OnnxTensorInfo[] tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].Name == name)
                return i;
        }

        for (int i = 0; i < tensors.Length; i++)
        {
            ReadOnlySpan<char> full = tensors[i].Name;
            if (full.EndsWith(OutputSuffix) && full[..^OutputSuffix.Length].SequenceEqual(name))
                return i;
        }

        return -1;
    }

    /// <param name="name">The name.</param>
    /// <param name="tensors">All inputs, or all outputs.</param>
    /// <param name="kind">What they are, for the message.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static int Find(string name, OnnxTensorInfo[] tensors, string kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = IndexOf(name, tensors);
        return index >= 0
            ? index
            : throw new ArgumentException($"The graph has no {kind} '{name}'; it has {string.Join("; ", (IEnumerable<OnnxTensorInfo>)tensors)}.", nameof(name));
    }
}
