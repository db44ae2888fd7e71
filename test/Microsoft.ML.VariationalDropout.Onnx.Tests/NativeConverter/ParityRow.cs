using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.NativeConverter;

/// <summary>The columns of <see cref="RawRow"/> that the pipelines of <see cref="Tasks"/> read: ML.NET's converter makes an input of every column, and has no dates.</summary>
internal sealed class ParityRow
{
    public float A { get; set; }

    public float B { get; set; }

    public float Gap { get; set; }

    [VectorType(4)]
    public float[] V { get; set; } = [];

    public string Color { get; set; } = "";

    public bool Flag { get; set; }

    public string Kind { get; set; } = "";

    public bool IsHigh { get; set; }

    public float Target { get; set; }

    public static IEnumerable<ParityRow> Create(int rows, int seed) => RawRow.Create(rows, seed).Select(row => new ParityRow
    {
        A = row.A,
        B = row.B,
        Gap = row.Gap,
        V = row.V,
        Color = row.Color,
        Flag = row.Flag,
        Kind = row.Kind,
        IsHigh = row.IsHigh,
        Target = row.Target,
    });
}
