using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

[TestClass]
public sealed class SamplingGraphTests
{
    private const int Draws = 4000;

    public static IEnumerable<object[]> LikelihoodsAndPosteriors
        => from likelihood in Enum.GetValues<Likelihood>()
           from posterior in Enum.GetValues<WeightPosterior>()
           select new object[] { (int)likelihood, posterior };

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndPosteriors))]
    public void Fresh_draws_have_the_statistics_of_the_library(int likelihood, WeightPosterior posterior)
    {
        TrainedNetwork network = RandomNetwork.Create((Likelihood)likelihood, posterior);
        float[] rows = RandomNetwork.Rows(5);
        var expected = RandomNetwork.Predict(network, rows, NetworkGraph.FrozenSamples(20 * Draws, 3));
        using var emitted = new EmittedNetwork(network, NetworkGraph.Sampling(Draws));
        Dictionary<string, OnnxOutput> actual = emitted.Run(rows);
        bool isRegression = network.Targets is not null;
        float[] means = actual[(Likelihood)likelihood == Likelihood.Bernoulli ? DefaultColumnNames.Probability : DefaultColumnNames.Score].Floats;
        float[] deviations = actual[isRegression ? NetworkOutputs.EpistemicStandardDeviation : NetworkOutputs.StandardDeviation].Floats;
        float[] expectedDeviations = isRegression ? expected.EpistemicDeviations : expected.StandardDeviations;
        for (int n = 0; n < means.Length; n++)
        {
            double standardError = expectedDeviations[n] / Math.Sqrt(Draws);
            Assert.AreEqual(expected.Scores[n], means[n], (5 * standardError) + 1e-5, $"mean {n}");

            // Of a deviation: heavier tails than a Gaussian's count double.
            Assert.AreEqual(expectedDeviations[n], deviations[n], (10 * standardError) + 1e-5, $"deviation {n}");
        }
    }

    [TestMethod]
    [DataRow(WeightPosterior.Gaussian)]
    [DataRow(WeightPosterior.CorrelatedWeightNoise)]
    [DataRow(WeightPosterior.BinaryDropout)]
    public void Every_run_draws_anew_and_its_rows_share_the_draw(WeightPosterior posterior)
    {
        TrainedNetwork network = RandomNetwork.Create(Likelihood.Gaussian, posterior);
        float[] row = RandomNetwork.Rows(1), twice = [.. row, .. row];
        using var emitted = new EmittedNetwork(network, NetworkGraph.Sampling(3));
        float[] first = emitted.Run(twice)[DefaultColumnNames.Score].Floats, second = emitted.Run(twice)[DefaultColumnNames.Score].Floats;
        Assert.AreEqual(first[0], first[1]);
        Assert.AreNotEqual(first[0], second[0]);
    }

    [TestMethod]
    public void The_layers_of_a_draw_have_noise_of_their_own()
    {
        // Layers of equal size: were their noise the same, the deviation would be another.
        TrainedNetwork network = RandomNetwork.Create(Likelihood.Gaussian, WeightPosterior.FixedGaussianDropout, hidden: [RandomNetwork.Features, RandomNetwork.Features]);
        float[] rows = RandomNetwork.Rows(5);
        var expected = RandomNetwork.Predict(network, rows, NetworkGraph.FrozenSamples(20 * Draws, 3));
        using var emitted = new EmittedNetwork(network, NetworkGraph.Sampling(Draws));
        float[] deviations = emitted.Run(rows)[NetworkOutputs.EpistemicStandardDeviation].Floats;
        for (int n = 0; n < deviations.Length; n++)
            Assert.AreEqual(1, deviations[n] / expected.EpistemicDeviations[n], 0.15);
    }
}
