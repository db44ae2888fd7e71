namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The rows that were kept aside left one class to train on.</summary>
internal sealed class OneClassException(int rows)
    : Exception(FormattableString.Invariant($"all of the {rows} rows to train on are of one class"))
{
    public int Rows { get; } = rows;
}
