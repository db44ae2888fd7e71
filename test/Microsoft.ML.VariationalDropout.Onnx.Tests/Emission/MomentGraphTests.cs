using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

[TestClass]
public sealed class MomentGraphTests
{
    private const double Tolerance = 1e-4;

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> LikelihoodsAndActivations
        => from likelihood in Enum.GetValues<Likelihood>()
           from activation in Enum.GetValues<Activation>()
           select new object[] { (int)likelihood, activation };

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndActivations))]
    public void The_graph_predicts_as_moment_propagation_does(int likelihood, Activation activation)
    {
        double largest = 0;
        foreach (WeightPosterior posterior in Enum.GetValues<WeightPosterior>())
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, posterior, activation, isScaled: posterior != WeightPosterior.Gaussian), NetworkGraph.Moments);
            foreach (int rows in new[] { 1, 2, 33 })
                largest = Math.Max(largest, emitted.Check(RandomNetwork.Rows(rows), Tolerance));
        }

        TestContext.WriteLine(largest.ToString("E1", CultureInfo.InvariantCulture));
    }

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndActivations))]
    public void Rows_far_from_all_others_are_predicted_as_the_library_does(int likelihood, Activation activation)
    {
        foreach (bool isScaled in new[] { true, false })
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, activation: activation, isScaled: isScaled), NetworkGraph.Moments);
            foreach (float[] row in ExtremeRows.All)
                emitted.Check(row, Tolerance);
        }
    }

    [TestMethod]
    public void Several_targets_linear_sparse_and_pruned_networks_are_emitted()
    {
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            foreach (TrainedNetwork network in new[]
            {
                RandomNetwork.Create(likelihood, targets: 3),
                RandomNetwork.Create(likelihood, hasBins: true),
                RandomNetwork.Create(likelihood, hidden: []),
                RandomNetwork.Create(likelihood, WeightPosterior.CorrelatedWeightNoise, hidden: []),
                RandomNetwork.Create(likelihood, isSparse: true),
                RandomNetwork.Create(likelihood, WeightPosterior.BinaryDropout, isSparse: true),
                RandomNetwork.Prune(RandomNetwork.Create(likelihood, hidden: [40])),
                RandomNetwork.Prune(RandomNetwork.Create(likelihood, WeightPosterior.CorrelatedWeightNoise, hidden: [40])),
            })
            {
                using var emitted = new EmittedNetwork(network, NetworkGraph.Moments);
                emitted.Check(RandomNetwork.Rows(9), Tolerance);
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
            foreach (Activation activation in new[] { Activation.Relu, Activation.Silu })
            {
                using var emitted = new EmittedNetwork(RandomNetwork.Create(likelihood, activation: activation), NetworkGraph.Moments, opset);
                emitted.Check(RandomNetwork.Rows(3), Tolerance);
            }
        }
    }
}
