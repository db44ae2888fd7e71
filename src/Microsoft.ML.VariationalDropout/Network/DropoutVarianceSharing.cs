namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Which weights of a layer share one learned dropout variance α (rate p = α / (1 + α)).</summary>
public enum DropoutVarianceSharing
{
    /// <summary>One α per layer.</summary>
    Layer = 0,

    /// <summary>One α per input unit of a layer, that is, per row of its weight matrix.</summary>
    InputUnit = 1,

    /// <summary>One α per output unit. Only for <see cref="WeightPosterior.IndependentWeightNoise"/>.</summary>
    OutputUnit = 2,

    /// <summary>
    /// One α per weight. Only for <see cref="WeightPosterior.IndependentWeightNoise"/>. Three times the parameters, in memory and in time.
    /// </summary>
    Weight = 3,
}
