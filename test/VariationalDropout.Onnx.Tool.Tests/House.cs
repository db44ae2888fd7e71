using System.Globalization;
using Microsoft.ML.Data;

namespace VariationalDropout.Onnx.Tool.Tests;

/// <summary>A row of a model's data: numbers, one of them with gaps, a vector, texts, a truth value, and a date that no graph reads.</summary>
public sealed class House
{
    public const string Header = "Size,Age,Place.0,Place.1,District,Garden,Price,Class";

    public float Size { get; set; }

    /// <summary>With missing values.</summary>
    public float Age { get; set; }

    [VectorType(2)]
    public float[] Place { get; set; } = [];

    public string District { get; set; } = "";

    public bool Garden { get; set; }

    public float Price { get; set; }

    public string Class { get; set; } = "";

    public DateTime Sold { get; set; }

    private static readonly string[] Districts = ["Old town", "Harbor, north", "The \"Heights\""];

    public static House[] Create(int rows, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            float size = random.Next(30, 200);
            string district = Districts[random.Next(Districts.Length)];
            float price = (size * 3) + (district == Districts[1] ? 200 : 0) + random.Next(40);
            return new House
            {
                Size = size,
                Age = random.Next(4) == 0 ? float.NaN : random.Next(100),
                Place = [(float)random.NextDouble(), (float)random.NextDouble()],
                District = district,
                Garden = random.Next(2) == 0,
                Price = price,
                Class = price > 500 ? "dear" : price > 250 ? "fair" : "cheap",
                Sold = new DateTime(2020, 1, 1),
            };
        })];
    }

    /// <summary>The rows as text, under <see cref="Header"/>.</summary>
    public static string ToCsv(IEnumerable<House> rows) => string.Join('\n', [Header, .. rows.Select(row => row.ToLine())]);

    private string ToLine() => string.Create(CultureInfo.InvariantCulture,
        $"{Size},{(float.IsNaN(Age) ? "" : Age)},{Place[0]:R},{Place[1]:R},\"{District.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{Garden},{Price},{Class}");
}
