namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>One layer: <c>z = a θ + b</c> with noise on θ.</summary>
internal sealed class TrainedLayer
{
    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    /// <summary>θ, row-major: weight of input i and output j at [i × Outputs + j].</summary>
    public required float[] Weights { get; init; }

    /// <summary>b, [Outputs].</summary>
    public required float[] Biases { get; init; }

    /// <summary>
    /// The posterior's log-variances: log σ² row-major [Inputs × Outputs] for the Gaussian posterior (−∞ for a weight that was pruned);
    /// log α for the others, as many as the sharing asks for: 1, [Inputs], [Outputs] or row-major [Inputs × Outputs]. Empty without noise.
    /// </summary>
    public required float[] LogVariances { get; init; }

    /// <summary>log α of a weight; +∞ where θ is 0 under the Gaussian posterior.</summary>
    public double LogDropoutVariance(NetworkArchitecture architecture, int input, int output)
    {
        if (LogVariances.Length == 0)
            return double.NegativeInfinity;
        double logVariance = LogVariances[architecture.Sharing.IndexOf(input, output, Outputs)];
        if (architecture.Posterior != WeightPosterior.Gaussian)
            return logVariance;
        double weight = Weights[(input * Outputs) + output];
        return weight == 0 ? double.PositiveInfinity : logVariance - Math.Log(weight * weight);
    }

    /// <summary>Weights that are not 0.</summary>
    public int CountSurvivingWeights() => Weights.Length - Weights.AsSpan().Count(0f);

    /// <summary>The dropout rates α / (1 + α): one per α, one per weight (σ² / (σ² + θ²)) for the Gaussian posterior, none without noise.</summary>
    public IEnumerable<double> DropoutRates(WeightPosterior posterior)
    {
        for (int n = 0; n < LogVariances.Length; n++)
            yield return DropoutRate(posterior, n);
    }

    /// <summary>The mean over <see cref="DropoutRates"/>; 0 without noise.</summary>
    public double MeanDropoutRate(WeightPosterior posterior)
    {
        double sum = 0;
        for (int n = 0; n < LogVariances.Length; n++)
            sum += DropoutRate(posterior, n);
        return LogVariances.Length == 0 ? 0 : sum / LogVariances.Length;
    }

    private double DropoutRate(WeightPosterior posterior, int n)
    {
        if (posterior != WeightPosterior.Gaussian)
            return 1 / (1 + Math.Exp(-LogVariances[n]));
        double square = (double)Weights[n] * Weights[n];
        return square == 0 ? 1 : 1 / (1 + (square * Math.Exp(-LogVariances[n])));
    }
}
