using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Prediction;

/// <summary>Networks with the weights that a training begins with, since weights do not change times, and rows for them.</summary>
internal static class BenchmarkNetwork
{
    /// <param name="shape">Units of each layer, inputs and outputs included: "13-50-1" is a regression, more outputs are classes.</param>
    public static TrainedNetwork Create(string shape)
    {
        int[] units = [.. shape.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        var architecture = new NetworkArchitecture
        {
            InputSize = units[0],
            HiddenLayerSizes = units[1..^1],
            OutputSize = units[^1],
            Likelihood = units[^1] == 1 ? Likelihood.Gaussian : Likelihood.Categorical,
            Posterior = WeightPosterior.IndependentWeightNoise,
            Sharing = DropoutVarianceSharing.Layer,
        };
        var summary = new TrainingSummary { Rows = 1, Iterations = 1, BestIteration = 1, ExpectedLogLikelihood = 0, KullbackLeibler = 0 };
        return new TrainedNetwork(architecture, null, NetworkInitializer.Create(new TrainingSettings { Architecture = architecture }), summary)
        {
            LogNoiseVariances = architecture.Likelihood == Likelihood.Gaussian ? [0] : [],
        };
    }

    public static float[] Features(int row, int count) => [.. Enumerable.Range(0, count).Select(i => ((row * 31) + (i * 17)) % 97 / 97f)];
}
