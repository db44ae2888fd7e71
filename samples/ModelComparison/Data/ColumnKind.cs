namespace ModelComparison.Data;

/// <summary>How a column becomes features.</summary>
internal enum ColumnKind
{
    /// <summary>Numbers, as they are.</summary>
    Number,

    /// <summary>Few texts: a feature for each.</summary>
    Category,

    /// <summary>Many texts that repeat: a feature for each value of a short hash.</summary>
    HashedCategory,

    /// <summary>Sentences: features for words and sequences of characters.</summary>
    Text,

    /// <summary>Not a feature.</summary>
    LeftOut,
}
