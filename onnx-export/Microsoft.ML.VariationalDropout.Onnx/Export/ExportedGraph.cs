namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>A graph, and what it is compared with.</summary>
/// <param name="Model">The graph.</param>
/// <param name="Columns">Its outputs.</param>
/// <param name="Data">Rows with the columns that are its inputs.</param>
/// <param name="Expected">The same rows with the columns that its outputs are.</param>
/// <param name="Steps">What leads from one to the other.</param>
internal sealed record ExportedGraph(ModelProto Model, IReadOnlyList<ExportedColumn> Columns, IDataView Data, IDataView Expected, IReadOnlyList<PipelineStep> Steps)
{
    /// <summary>By the name of a node: the step that made it.</summary>
    public IReadOnlyDictionary<string, string> StepOfNode { get; init; } = new Dictionary<string, string>();

    /// <summary>The file, verified if the settings ask for it.</summary>
    public byte[] ToVerifiedArray(ExportSettings settings)
    {
        byte[] bytes = Model.ToArray();
        if (settings.Verify)
            OnnxVerifier.Verify(bytes, this, settings.Tolerance(Contains(NetworkGraphKind.Moments)), Contains(NetworkGraphKind.Sampling));
        return bytes;
    }

    /// <summary>Whether one of this library's networks is in it, in a form.</summary>
    public bool Contains(NetworkGraphKind kind) => Steps.Any(step => step.Network?.Graph.Kind == kind);
}

/// <summary>An output.</summary>
/// <param name="Column">Name of the column.</param>
/// <param name="Output">Name of the output.</param>
internal sealed record ExportedColumn(string Column, string Output);
