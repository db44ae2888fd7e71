using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>A row as it comes from a file: numbers, some missing, texts, some of categories that training has not seen.</summary>
public sealed class RawRow
{
    public float A { get; set; }

    public float B { get; set; }

    /// <summary>With missing values.</summary>
    public float Gap { get; set; }

    [VectorType(4)]
    public float[] V { get; set; } = [];

    /// <summary>With missing values.</summary>
    [VectorType(3)]
    public float[] Gaps { get; set; } = [];

    public double Wide { get; set; }

    public string Color { get; set; } = "";

    public string City { get; set; } = "";

    public bool Flag { get; set; }

    public int Whole { get; set; }

    public byte Age { get; set; }

    public ushort Port { get; set; }

    public uint Visits { get; set; }

    public ulong Account { get; set; }

    /// <summary>A key of nine values; 0 is a missing one.</summary>
    [KeyType(9)]
    public uint Place { get; set; }

    [VectorType(2)]
    public uint[] Sides { get; set; } = [];

    [VectorType(2, 3)]
    public float[] Grid { get; set; } = [];

    public string Kind { get; set; } = "";

    public bool IsHigh { get; set; }

    public float Target { get; set; }

    /// <summary>A column that ONNX has no type for, and no pipeline reads.</summary>
    public DateTime When { get; set; }

    private static readonly string[] Colors = ["red", "green", "blue", "black", "white", "purple with a blank"];
    private static readonly string[] Cities = [.. Enumerable.Range(0, 40).Select(i => $"city {i}")];
    private static readonly string[] Kinds = ["cat", "dog", "emu"];

    /// <param name="rows">Number of rows.</param>
    /// <param name="seed">Which rows.</param>
    /// <param name="withUnseen">Whether there are categories besides the usual ones, empty ones among them.</param>
    public static RawRow[] Create(int rows, int seed, bool withUnseen = false)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(i => CreateOne(random, withUnseen && i % 3 == 1))];
    }

    private static RawRow CreateOne(Random random, bool isUnseen)
    {
        float Number(float scale) => (float)((random.NextDouble() * 2) - 1) * scale;
        var row = new RawRow
        {
            A = Number(10),
            B = Number(1) + 5,
            Gap = random.Next(4) == 0 ? float.NaN : Number(3),
            V = [Number(1), Number(100), Number(0.1f) + 3, 0],
            Gaps = [Number(2), random.Next(3) == 0 ? float.NaN : Number(2), random.Next(3) == 0 ? float.NaN : Number(5) + 2],
            Wide = Number(1000),
            Color = Colors[random.Next(Colors.Length)],
            City = Cities[random.Next(Cities.Length)],
            Flag = random.Next(2) == 0,
            Whole = random.Next(-5, 6),
            When = new DateTime(2020, 1, 1).AddDays(random.Next(1000)),
        };

        // From a sequence of their own, so that the other columns are what they were.
        var whole = new Random(row.When.DayOfYear + (row.Whole * 1000));
        row.Age = (byte)whole.Next(256);
        row.Port = (ushort)whole.Next(65536);
        row.Visits = 3_000_000_000 + (uint)whole.Next(100);
        row.Account = 1UL << whole.Next(64);
        row.Place = (uint)whole.Next(10);
        row.Sides = [(uint)whole.Next(5), 4_000_000_000];
        row.Grid = [.. Enumerable.Range(1, 6).Select(scale => (float)((whole.NextDouble() - 0.3) * scale))];
        float score = row.A + (row.Color == "red" ? 6 : 0) + Number(3);
        row.Kind = Kinds[score < -3 ? 0 : score < 4 ? 1 : 2];
        row.IsHigh = score > 0;
        row.Target = (3 * score) + row.B;
        if (isUnseen)
        {
            row.Color = random.Next(2) == 0 ? "" : "a color of its own";
            row.City = "nowhere";
            row.Whole = 77;
        }

        return row;
    }
}
