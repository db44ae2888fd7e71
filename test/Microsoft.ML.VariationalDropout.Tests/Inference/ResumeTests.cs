using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>A training that is interrupted and goes on from its state ends with the bits of one that was not.</summary>
[TestClass]
public sealed class ResumeTests
{
    public static IEnumerable<object[]> AllCombinations()
        => CoreProblem.AllCombinations().Select(c => new object[] { c.Posterior, c.Prior, c.Sharing, c.Estimator });

    public static IEnumerable<object[]> Likelihoods() => Enum.GetValues<Likelihood>().Select(likelihood => new object[] { likelihood.ToString() });

    [TestMethod]
    [DynamicData(nameof(AllCombinations))]
    public void Every_noise_prior_and_estimator(WeightPosterior posterior, WeightPrior prior, DropoutVarianceSharing sharing, GradientEstimator estimator)
    {
        TrainingSettings settings = CoreProblem.TrainingSettings(CoreProblem.Architecture(5, 3, posterior, sharing)) with
        {
            Prior = prior,
            Estimator = estimator,
            KullbackLeiblerWarmUpIterations = 3,
            KullbackLeiblerWarmUpStart = 1,
            NumberOfIterations = 4,
        };
        foreach (bool averages in new[] { false, true })
            AssertGoesOn(settings with { ParameterAveraging = averages }, () => CoreProblem.Create(90, 5, 3));
    }

    [TestMethod]
    [DynamicData(nameof(Likelihoods))]
    public void Every_likelihood_with_a_share_to_validate_on_and_early_stopping(string name)
    {
        var likelihood = Enum.Parse<Likelihood>(name);
        int outputs = likelihood == Likelihood.Bernoulli ? 1 : 4;
        NetworkArchitecture architecture = CoreProblem.Architecture(5, outputs, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, likelihood: likelihood);
        TrainingSettings settings = CoreProblem.TrainingSettings(architecture) with
        {
            NumberOfIterations = 40,
            LearningRate = 0.1,
            LearningRateSchedule = LearningRateSchedule.Constant,
            Beta2 = 0.9,
            KullbackLeiblerScale = 0,
            HeteroscedasticBeta = 0.25,
            ValidationSetFraction = 0.3,
            EarlyStoppingPatience = 3,
            BalanceClasses = likelihood is Likelihood.Categorical or Likelihood.Bernoulli,
        };
        foreach (bool averages in new[] { false, true })
        {
            TrainedNetwork network = AssertGoesOn(settings with { ParameterAveraging = averages }, () => CoreProblem.CreateFor(architecture, 120));
            Assert.IsLessThan(network.Summary.Iterations, network.Summary.BestIteration, "The best is not the last.");
            Assert.IsLessThan(settings.NumberOfIterations, network.Summary.Iterations, "It stopped early.");
        }
    }

    /// <summary>Blocks of weights that no feature has reached are passed over: which those are belongs to the state.</summary>
    [TestMethod]
    [DataRow(WeightPosterior.CorrelatedWeightNoise)]
    [DataRow(WeightPosterior.Gaussian)]
    [DataRow(WeightPosterior.None)]
    public void Sparse_rows(WeightPosterior posterior)
    {
        NetworkArchitecture architecture = CoreProblem.Architecture(100, 3, posterior, Combinations.DefaultSharing(posterior), hidden: [20]) with { HasSparseInputs = true };
        foreach (double decay in new[] { 0, 2.0 })
            AssertGoesOn(CoreProblem.TrainingSettings(architecture) with { BatchSize = 4, NumberOfIterations = 5, WeightDecay = decay }, SparseRows);

        // Each minibatch reaches few of the blocks, some none at all.
        static TrainingSet SparseRows()
        {
            var result = new TrainingSet(100, isSparse: true);
            for (int row = 0; row < 30; row++)
                result.AddSparse([row % 3], 1, [row % 3, 10 + (2 * row)], [2, 1 + (0.1f * row)]);
            return result;
        }
    }

    [TestMethod]
    public void A_large_layer_that_rounds_its_variances()
    {
        NetworkArchitecture architecture = CoreProblem.Architecture(40, 3, WeightPosterior.IndependentWeightNoise, DropoutVarianceSharing.OutputUnit, hidden: [40, 40]);
        AssertGoesOn(CoreProblem.TrainingSettings(architecture) with { SmallestRoundedLayer = 32 }, () => CoreProblem.Create(90, 40, 3));
    }

    [TestMethod]
    public void Features_in_bins()
        => AssertGoesOn(CoreProblem.TrainingSettings(CoreProblem.Architecture()) with { NumberOfIterations = 4, Bins = new BinLimits(4, 2, 100, 1) }, () => CoreProblem.Create(90, 5, 3));

    [TestMethod]
    public void A_training_that_went_on_from_an_earlier_model()
    {
        TrainingSettings settings = CoreProblem.TrainingSettings(CoreProblem.Architecture());
        TrainedNetwork previous = NetworkTrainer.Train(CoreProblem.Create(60, 5, 3), null, settings, null, new RecordingMonitor());
        AssertGoesOn(settings with { NumberOfIterations = 4 }, () => CoreProblem.Create(90, 5, 3), previous);
    }

    [TestMethod]
    public void A_training_that_diverges_afterwards_ends_with_the_parameters_before()
    {
        TrainingSettings settings = CoreProblem.TrainingSettings(CoreProblem.Architecture()) with { NumberOfIterations = 6, StandardizeFeatures = false };
        var checkpoints = new MemoryCheckpoints();
        TrainingSet data = CoreProblem.Create(90, 5, 3);
        var whole = new RecordingMonitor { BeforeStep = Spoil };
        byte[] expected = Bytes(NetworkTrainer.Train(data, null, settings, null, whole));
        Assert.AreEqual((4, 3), whole.Divergence);

        data = CoreProblem.Create(90, 5, 3);
        Interrupt(settings, data, null, checkpoints, after: 3);
        data.Reweigh((_, weight) => float.NaN);
        var resumed = new RecordingMonitor();
        CollectionAssert.AreEqual(expected, Bytes(NetworkTrainer.Train(data, null, settings, null, resumed, checkpoints)));
        Assert.AreEqual((4, 3), resumed.Divergence);

        // Called once before the first step too.
        void Spoil(int step)
        {
            if (step == 10)
                data.Reweigh((_, weight) => float.NaN);
        }
    }

    /// <summary>A file that could not be deleted costs an iteration, and no more.</summary>
    [TestMethod]
    public void The_state_before_the_last_iteration_is_the_last_that_is_kept()
    {
        TrainingSettings settings = CoreProblem.TrainingSettings(CoreProblem.Architecture());
        TrainingSet data = CoreProblem.Create(90, 5, 3);
        var checkpoints = new MemoryCheckpoints();
        byte[] expected = Bytes(NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor(), checkpoints));
        var monitor = new RecordingMonitor();
        CollectionAssert.AreEqual(expected, Bytes(NetworkTrainer.Train(data, null, settings, null, monitor, checkpoints)));
        Assert.AreEqual(settings.NumberOfIterations - 1, checkpoints.Iterations);
        Assert.HasCount(1, monitor.Reports);
    }

    /// <summary>Interrupts after every iteration in turn, and once after each; returns the network of the training that was not.</summary>
    private static TrainedNetwork AssertGoesOn(TrainingSettings settings, Func<TrainingSet> create, TrainedNetwork? previous = null)
    {
        var whole = new RecordingMonitor();
        TrainedNetwork network = NetworkTrainer.Train(create(), null, settings, previous, whole);
        byte[] expected = Bytes(network);
        for (int after = 1; after < whole.Reports.Count; after++)
        {
            var checkpoints = new MemoryCheckpoints();
            Interrupt(settings, create(), previous, checkpoints, after);
            Assert.AreEqual(after, checkpoints.Iterations);
            AssertEnds(checkpoints, after);
        }

        var many = new MemoryCheckpoints();
        for (int after = 1; after < whole.Reports.Count; after++)
            Interrupt(settings, create(), previous, many, 1);
        AssertEnds(many, whole.Reports.Count - 1);
        return network;

        void AssertEnds(MemoryCheckpoints checkpoints, int after)
        {
            var rest = new RecordingMonitor();
            TrainedNetwork resumed = NetworkTrainer.Train(create(), null, settings with { NumberOfThreads = 3 }, previous, rest, checkpoints);
            CollectionAssert.AreEqual(expected, Bytes(resumed), $"after {after}");
            CollectionAssert.AreEqual(
                whole.Reports.Skip(after).Select(report => (report.Iteration, report.EvidenceLowerBound, report.ValidationLogLoss)).ToArray(),
                rest.Reports.Select(report => (report.Iteration, report.EvidenceLowerBound, report.ValidationLogLoss)).ToArray());
        }
    }

    /// <summary>Trains for some iterations, and a step of the next.</summary>
    private static void Interrupt(TrainingSettings settings, TrainingSet data, TrainedNetwork? previous, MemoryCheckpoints checkpoints, int after)
    {
        int stepsLeft = 1;
        RecordingMonitor monitor = null!;
        monitor = new RecordingMonitor
        {
            BeforeStep = _ =>
            {
                if (monitor.Reports.Count == after && stepsLeft-- == 0)
                    throw new OperationCanceledException();
            },
        };
        Assert.ThrowsExactly<OperationCanceledException>(() => NetworkTrainer.Train(data, null, settings, previous, monitor, checkpoints));
    }

    /// <summary>All of a network: its numbers, and the figures of its training.</summary>
    private static byte[] Bytes(TrainedNetwork network)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(stream, network);
        return stream.ToArray();
    }
}
