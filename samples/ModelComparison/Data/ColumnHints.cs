namespace ModelComparison.Data;

/// <summary>What the user knows about columns, and a program cannot see.</summary>
internal sealed record ColumnHints
{
    /// <summary>Cells that stand for no value, in any case, beside empty ones.</summary>
    public static IReadOnlyList<string> DefaultMissing { get; } = ["?", "NA", "N/A", "NaN", "null"];

    public IReadOnlyList<string> Missing { get; init; } = DefaultMissing;

    /// <summary>Columns whose numbers are names, such as postal codes.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Columns that are no features.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Whether numbers are written with a comma where they are otherwise with a point.</summary>
    public bool DecimalComma { get; init; }
}
