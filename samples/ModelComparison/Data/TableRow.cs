namespace ModelComparison.Data;

/// <summary>A row as ML.NET gets it. Columns of one kind are the slots of one vector: transforms of such a vector treat each slot by itself.</summary>
internal sealed class TableRow
{
    public float[] Numbers { get; init; } = [];

    /// <summary>Those of columns in which some are missing; NaN where they are.</summary>
    public float[] NumbersWithGaps { get; init; } = [];

    public string[] Categories { get; init; } = [];

    public string[] HashedCategories { get; init; } = [];

    public string[] Texts { get; init; } = [];

    /// <summary>The label of two classes.</summary>
    public bool IsPositive { get; init; }

    /// <summary>The label of several classes, from 0: ML.NET adds the 1 that keys begin with.</summary>
    public uint ClassKey { get; init; }

    /// <summary>The label of a regression.</summary>
    public float Target { get; init; }
}
