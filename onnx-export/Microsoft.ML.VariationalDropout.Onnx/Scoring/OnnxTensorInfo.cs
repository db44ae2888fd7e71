namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>An input or output of a graph.</summary>
public sealed class OnnxTensorInfo
{
    internal OnnxTensorInfo(string name, Type elementType, IReadOnlyList<long> dimensions)
    {
        Name = name;
        ElementType = elementType;
        Dimensions = dimensions;
        RowSize = checked((int)dimensions.Skip(1).Aggregate(1L, (size, dimension) => size * dimension));
    }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>
    /// Type of its values: a number type, <see cref="Half"/>, <see cref="bool"/>, or <see cref="string"/> for text, whose values are
    /// <see cref="ReadOnlyMemory{T}"/> of characters.
    /// </summary>
    public Type ElementType { get; }

    /// <summary>Its shape; the first dimension counts rows, and is −1 when any number of them will do.</summary>
    public IReadOnlyList<long> Dimensions { get; }

    /// <summary>Values that a row has: the product of all dimensions but the first.</summary>
    public int RowSize { get; }

    /// <summary>Name, type and shape.</summary>
    public override string ToString() => $"{Name}: {ElementType.Name} [{string.Join(", ", Dimensions.Select(size => size < 0 ? "rows" : size.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]";
}
