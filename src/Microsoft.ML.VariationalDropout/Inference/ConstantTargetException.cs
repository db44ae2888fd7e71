namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>A target of a regression has one value only: there is nothing to learn.</summary>
internal sealed class ConstantTargetException(int target, float value, int rows)
    : Exception(FormattableString.Invariant($"target {target} is {value} in all of the {rows} rows"))
{
    public int Target { get; } = target;

    public float Value { get; } = value;

    public int Rows { get; } = rows;
}
