using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

[TestClass]
public sealed class DrawGraphTests
{
    private const double Tolerance = 1e-5;

    private static readonly NetworkGraph Graph = NetworkGraph.FrozenSamples(19, 5);

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> LikelihoodsAndPosteriors
        => from likelihood in Enum.GetValues<Likelihood>()
           from posterior in Enum.GetValues<WeightPosterior>()
           select new object[] { (int)likelihood, posterior };

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndPosteriors))]
    public void Frozen_samples_are_the_draws_of_the_library(int likelihood, WeightPosterior posterior)
    {
        double largest = 0;
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach (bool isScaled in new[] { true, false })
            {
                using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, posterior, activation, isScaled), Graph);
                foreach (int rows in new[] { 1, 2, 33 })
                    largest = Math.Max(largest, emitted.Check(RandomNetwork.Rows(rows), Tolerance));
            }
        }

        TestContext.WriteLine(largest.ToString("E1", CultureInfo.InvariantCulture));
    }

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndPosteriors))]
    public void Rows_far_from_all_others_are_drawn_as_the_library_does(int likelihood, WeightPosterior posterior)
    {
        foreach (bool isScaled in new[] { true, false })
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create((Likelihood)likelihood, posterior, isScaled: isScaled), Graph);
            foreach (float[] row in ExtremeRows.All)
                emitted.Check(row, Tolerance);
        }
    }

    [TestMethod]
    public void Every_sharing_several_targets_linear_sparse_and_pruned_networks_are_emitted()
    {
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            List<TrainedNetwork> networks =
            [
                RandomNetwork.Create(likelihood, targets: 3),
                RandomNetwork.Create(likelihood, hasBins: true),
                RandomNetwork.Create(likelihood, hidden: []),
                RandomNetwork.Create(likelihood, WeightPosterior.CorrelatedWeightNoise, hidden: []),
                RandomNetwork.Create(likelihood, isSparse: true),
                RandomNetwork.Create(likelihood, WeightPosterior.BinaryDropout, isSparse: true),
                RandomNetwork.Prune(RandomNetwork.Create(likelihood, hidden: [40])),
                RandomNetwork.Prune(RandomNetwork.Create(likelihood, WeightPosterior.CorrelatedWeightNoise, hidden: [40])),
                .. from posterior in Enum.GetValues<WeightPosterior>()
                   from sharing in Enum.GetValues<DropoutVarianceSharing>()
                   where Combinations.RefuseSharing(posterior, sharing) is null
                   select RandomNetwork.Create(likelihood, posterior, sharing: sharing),
            ];
            foreach (TrainedNetwork network in networks)
            {
                using var emitted = new EmittedNetwork(network, Graph);
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
            foreach (WeightPosterior posterior in Enum.GetValues<WeightPosterior>())
            {
                using var emitted = new EmittedNetwork(RandomNetwork.Create(likelihood, posterior), Graph, opset);
                emitted.Check(RandomNetwork.Rows(3), Tolerance);
            }
        }
    }

    [TestMethod]
    [DataRow(257)]
    [DataRow(1000)]
    [DataRow(10_000)]
    public void Many_draws_agree_as_few_do(int draws)
    {
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            using var emitted = new EmittedNetwork(RandomNetwork.Create(likelihood, WeightPosterior.CorrelatedWeightNoise), NetworkGraph.FrozenSamples(draws, 123456789));
            double difference = emitted.Check(RandomNetwork.Rows(4), Tolerance);
            TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{likelihood}: {difference:E1}"));
        }
    }
}
