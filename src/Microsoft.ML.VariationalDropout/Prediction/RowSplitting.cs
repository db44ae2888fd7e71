namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>When rows are given to several cursors at a time, each of which scores its own.</summary>
internal enum RowSplitting
{
    /// <summary>Never: scoring a block uses all cores by itself.</summary>
    Never,

    /// <summary>
    /// When several are asked for and the source has them, or for one if the source computes: reading from several costs more than scoring a row that is
    /// little work.
    /// </summary>
    WithSource,

    /// <summary>Whenever there are several cores, as ML.NET's scorers do.</summary>
    Always,
}
