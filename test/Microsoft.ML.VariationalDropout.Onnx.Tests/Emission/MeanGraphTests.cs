using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

[TestClass]
public sealed class MeanGraphTests
{
    private const double Tolerance = 1e-5;

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> LikelihoodsAndActivations
        => from likelihood in Enum.GetValues<Likelihood>()
           from activation in Enum.GetValues<Activation>()
           select new object[] { (int)likelihood, activation };

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndActivations))]
    public void The_graph_predicts_as_the_posterior_mean_does(int likelihood, Activation activation)
    {
        double largest = 0;
        foreach (WeightPosterior posterior in Enum.GetValues<WeightPosterior>())
        {
            foreach (bool isScaled in new[] { true, false })
            {
                using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, posterior, activation, isScaled), NetworkGraph.PosteriorMean);
                foreach (int rows in new[] { 1, 2, 33 })
                    largest = Math.Max(largest, emitted.Check(RandomNetwork.Rows(rows), Tolerance));
            }
        }

        TestContext.WriteLine(largest.ToString("E1", CultureInfo.InvariantCulture));
    }

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndActivations))]
    public void Rows_far_from_all_others_are_predicted_as_the_library_does(int likelihood, Activation activation)
    {
        foreach (bool isScaled in new[] { true, false })
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, activation: activation, isScaled: isScaled), NetworkGraph.PosteriorMean);
            using var withBins = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, activation: activation, isScaled: true, hasBins: true), NetworkGraph.PosteriorMean);
            foreach (float[] row in ExtremeRows.All)
            {
                emitted.Check(row, Tolerance);
                withBins.Check(row, Tolerance);
            }
        }
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(12)]
    [DataRow(17)]
    public void All_operator_sets_give_the_same(int opset)
    {
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create(likelihood), NetworkGraph.PosteriorMean, opset);
            emitted.Check(RandomNetwork.Rows(5), Tolerance);
            using var withBins = new EmittedNetwork(RandomNetwork.Create(likelihood, hasBins: true), NetworkGraph.PosteriorMean, opset);
            withBins.Check(RandomNetwork.Rows(5), Tolerance);
        }
    }

    [TestMethod]
    public void Several_targets_linear_networks_sparse_rows_and_outliers_are_emitted()
    {
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            foreach (TrainedNetwork network in new[]
            {
                RandomNetwork.Create(likelihood, targets: 3),
                RandomNetwork.Create(likelihood, hidden: []),
                RandomNetwork.Create(likelihood, outlierThreshold: 0),
                RandomNetwork.Create(likelihood, outlierThreshold: 0.1f),
                RandomNetwork.Create(likelihood, hasBins: true),
                NetworkPruner.PruneByMagnitude(RandomNetwork.Create(likelihood, hidden: [40], hasBins: true), 0.8),
                RandomNetwork.Create(likelihood, isSparse: true),
                RandomNetwork.Create(likelihood, isSparse: true, isScaled: false),
            })
            {
                using var emitted = new EmittedNetwork(network, NetworkGraph.PosteriorMean);
                emitted.Check(RandomNetwork.Rows(33), Tolerance);
            }
        }
    }

    [TestMethod]
    public void A_pruned_network_reads_the_features_that_it_kept()
    {
        TrainedNetwork network = RandomNetwork.Create(Likelihood.Categorical, hidden: [40]), pruned = RandomNetwork.Prune(network);
        Assert.IsNotNull(pruned.InputFeatures);
        using var whole = new EmittedNetwork(network, NetworkGraph.PosteriorMean);
        using var emitted = new EmittedNetwork(pruned, NetworkGraph.PosteriorMean);
        emitted.Check(RandomNetwork.Rows(33), Tolerance);
        Assert.IsLessThan(whole.Bytes.Length, emitted.Bytes.Length);
    }

    [TestMethod]
    public void The_threshold_is_the_one_that_was_asked_for()
    {
        TrainedNetwork network = RandomNetwork.Create(Likelihood.Bernoulli);
        float[] rows = RandomNetwork.Rows(50);
        float median = RandomNetwork.Predict(network, rows, NetworkGraph.PosteriorMean).Scores.Order().ElementAt(25);
        using var emitted = new EmittedNetwork(network, NetworkGraph.PosteriorMean with { Threshold = median + 1e-3f });
        emitted.Check(rows, Tolerance);
        bool[] labels = (bool[])emitted.Run(rows)["PredictedLabel"].Values;
        Assert.Contains(true, labels);
        Assert.Contains(false, labels);
    }
}
