namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>One dimension of a shape: a number, a name for what differs from run to run, or neither.</summary>
/// <param name="Size">The number; -1 where it is open.</param>
/// <param name="Symbol">The name, or null.</param>
internal readonly record struct Dimension(long Size, string? Symbol)
{
    /// <summary>The rows that are scored at once.</summary>
    public static readonly Dimension Batch = new(-1, "N");

    public static implicit operator Dimension(long size) => new(size, null);

    public override string ToString() => Symbol ?? (Size < 0 ? "?" : $"{Size}");
}
