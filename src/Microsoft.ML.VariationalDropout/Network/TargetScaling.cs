namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// Standardisation of regression targets: the network works on (y − Mean) / Scale, everything a user sees is in the label's own units
/// (means m·Scale + Mean, standard deviations s·Scale, log-densities less log Scale).
/// </summary>
internal sealed class TargetScaling
{
    /// <summary>[targets].</summary>
    public required double[] Means { get; init; }

    /// <summary>Standard deviations of the training targets, [targets]; above 0.</summary>
    public required double[] Scales { get; init; }

    public static TargetScaling Identity(int targets)
    {
        var result = new TargetScaling { Means = new double[targets], Scales = new double[targets] };
        Array.Fill(result.Scales, 1);
        return result;
    }
}
