namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>When rows are given to several cursors at a time, each of which scores its own.</summary>
internal enum RowSplitting
{
    /// <summary>Never: scoring a block uses all cores by itself.</summary>
    Never,

    /// <summary>When the source has several cursors; a single one is scored in less time than putting rows together again would take.</summary>
    WithSource,

    /// <summary>Whenever there are several cores, as ML.NET's scorers do.</summary>
    Always,
}
