using Microsoft.ML.Trainers.VariationalDropout;

namespace PaperExperiments.Study;

/// <summary>Multiply-adds of fully connected networks, for estimates of time.</summary>
internal static class NetworkCost
{
    public static double Weights(int features, IReadOnlyList<int> hidden, int outputs)
    {
        double weights = 0;
        int inputs = features;
        foreach (int units in hidden.Append(outputs))
        {
            weights += (double)inputs * units;
            inputs = units;
        }

        return weights;
    }

    /// <summary>
    /// Matrix products of a training step for each layer: one forward and two backward; twice as many where the noise is on the weights, whose
    /// variances take products of their own.
    /// </summary>
    public static int TrainingProducts(WeightPosterior posterior) => HasVarianceProducts(posterior) ? 6 : 3;

    /// <summary>The same of one draw of a prediction.</summary>
    public static int PredictionProducts(WeightPosterior posterior) => HasVarianceProducts(posterior) ? 2 : 1;

    private static bool HasVarianceProducts(WeightPosterior posterior)
        => posterior is WeightPosterior.IndependentWeightNoise or WeightPosterior.FixedIndependentGaussianDropout or WeightPosterior.Gaussian;
}
