using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>The objective's scaling and the failures that other libraries have had.</summary>
[TestClass]
public sealed class ObjectiveTests
{
    [TestMethod]
    public void Weight_two_equals_the_row_twice()
    {
        // Full batch, no KL: the loss is the objective over the number of rows, so gradients are compared times the rows.
        var architecture = CoreProblem.Architecture(posterior: WeightPosterior.CorrelatedWeightNoise);
        var once = CoreProblem.Create(8, 5, 3, weighted: false);
        var doubled = Copy(once, row => row == 2 ? 2 : 1, repeat: -1);
        var repeated = Copy(once, _ => 1, repeat: 2);
        int[] noiseOfBoth = [.. CoreProblem.AllRows(once), 2];
        double[] withWeight = FullGradient(architecture, doubled, CoreProblem.AllRows(doubled));

        // The repeated row is asked for by the same index, so that it sees the same noise; its weight is 1 in this set.
        double[] withRepetition = FullGradient(architecture, repeated, noiseOfBoth);
        AssertClose(withWeight, withRepetition, 1e-10);
    }

    [TestMethod]
    [DataRow(4)]
    [DataRow(5)]
    public void Mean_over_all_minibatches_equals_the_full_gradient(int batchSize)
    {
        // Also when the last minibatch is short: each minibatch's likelihood is scaled by its own M, so it stands for N rows and
        // counts by its share of the rows. The KL is in every minibatch once.
        var architecture = CoreProblem.Architecture();
        var data = CoreProblem.Create(12, 5, 3);
        double[] full = FullGradient(architecture, data, CoreProblem.AllRows(data), klWeight: 1);
        var mean = new double[full.Length];
        for (int first = 0; first < data.RowCount; first += batchSize)
        {
            int[] rows = CoreProblem.AllRows(data)[first..Math.Min(data.RowCount, first + batchSize)];
            double[] gradient = Gradient(architecture, data, rows, klWeight: 1);
            for (int i = 0; i < mean.Length; i++)
                mean[i] += gradient[i] * rows.Length / data.RowCount * data.RowCount;
        }

        AssertClose(full, mean, 1e-10);
    }

    /// <summary>The divergence of a whole network, counted by hand: every layer's, one term for each noise variable.</summary>
    [TestMethod]
    public void Divergence_counts_every_layer_and_one_term_per_noise_variable()
    {
        const double LogVariance = -1.5;
        double term = LogUniformPrior.Value(KullbackLeiblerForm.Exact, LogVariance);
        using var team = new WorkerTeam(1);
        foreach (var (posterior, sharing) in CoreProblem.LearnedNoises().Where(noise => noise.Posterior != WeightPosterior.Gaussian))
        {
            var architecture = CoreProblem.Architecture(5, 3, posterior, sharing, hidden: [7, 4]);
            var pass = new TrainingPass<DoubleLane, double>(CoreProblem.Settings(architecture), null, 16, team);
            var layers = CoreProblem.StartValues(architecture);
            for (int l = 0; l < layers.Count; l++)
            {
                Array.Fill(layers[l].LogVariances, (float)LogVariance);
                pass.Layers[l].Load(layers[l]);
            }

            // Correlated noise: one variable per input unit (5 + 7 + 4); independent noise: one per weight.
            double terms = posterior == WeightPosterior.CorrelatedWeightNoise ? 5 + 7 + 4 : (5 * 7) + (7 * 4) + (4 * 3);
            Assert.AreEqual(terms * term, pass.KullbackLeibler(), 1e-9 * terms * term, $"{posterior}, {sharing}");
        }
    }

    /// <summary>What a user is told is the divergence that the gradients are of.</summary>
    [TestMethod]
    public void Reported_divergence_is_that_of_the_gradient()
    {
        using var team = new WorkerTeam(1);
        foreach (var (posterior, prior, sharing, _) in CoreProblem.AllCombinations().Where(combination => combination.Posterior.IsLearned() && combination.Estimator == GradientEstimator.LocalReparameterization))
        {
            var architecture = CoreProblem.Architecture(posterior: posterior, sharing: sharing);
            var data = CoreProblem.Create(12, 5, 3);
            var pass = CoreProblem.Pass<DoubleLane, double>(architecture, 16, team, CoreProblem.Settings(architecture, prior));
            pass.Run(data, CoreProblem.AllRows(data), null, new Objective(12, 1), 1, 1, null);
            double reported = pass.Layers.Sum(layer => layer.KullbackLeibler(layer.Save(parameter => parameter.Values)));
            Assert.AreEqual(pass.KullbackLeibler(), reported, 1e-5 * reported, $"{posterior}, {prior}, {sharing}");
        }
    }

    [TestMethod]
    public void Divergence_enters_the_gradient_once_per_data_set_and_with_its_weight()
    {
        // The gradient of the loss is (data part) + β / N × KL′, whatever the minibatch.
        var architecture = CoreProblem.Architecture(posterior: WeightPosterior.CorrelatedWeightNoise, sharing: DropoutVarianceSharing.Layer);
        var data = CoreProblem.Create(12, 5, 3);
        int[] rows = [0, 3, 7];
        using var team = new WorkerTeam(1);
        foreach (double weight in new[] { 1.0, 1.0 / 3 })
        {
            double without = FirstLogVarianceGradient(0), with = FirstLogVarianceGradient(weight);
            double slope = 5 * LogUniformPrior.Slope(KullbackLeiblerForm.Exact, CoreProblem.StartValues(architecture)[0].LogVariances[0]);
            Assert.AreEqual(weight / data.RowCount * slope, with - without, 1e-12);
        }

        double FirstLogVarianceGradient(double klWeight)
        {
            var pass = CoreProblem.Pass<DoubleLane, double>(architecture, 16, team);
            var recorder = new GradientRecorder<double>();
            pass.Run(data, rows, null, new Objective(data.RowCount, klWeight), 1, 1, recorder);
            return recorder.Of(pass.Layers[0].LogVariances)[0];
        }
    }

    [TestMethod]
    public void Warm_up_rises_linearly_and_stays()
    {
        Assert.AreEqual(0, Objective.WarmUp(0.5, 0, 0, 4));
        Assert.AreEqual(0.125, Objective.WarmUp(0.5, 1, 0, 4));
        Assert.AreEqual(0.5, Objective.WarmUp(0.5, 4, 0, 4));
        Assert.AreEqual(0.5, Objective.WarmUp(0.5, 0, 0, 0));

        // The published recipe: nothing for five iterations, full from the twentieth on.
        Assert.AreEqual(0, Objective.WarmUp(1, 4, 5, 20));
        Assert.AreEqual(0, Objective.WarmUp(1, 5, 5, 20));
        Assert.AreEqual(1.0 / 15, Objective.WarmUp(1, 6, 5, 20));
        Assert.AreEqual(1, Objective.WarmUp(1, 20, 5, 20));
        Assert.AreEqual(1, Objective.WarmUp(1, 5, 5, 5));
    }

    /// <summary>An ELBO is reported with the KL at its full weight, also during the warm-up and with another scale.</summary>
    [TestMethod]
    public void Reported_bound_does_not_depend_on_the_weight_of_the_divergence()
    {
        var data = CoreProblem.Create(60, 5, 3);
        var monitor = new RecordingMonitor();
        var settings = new TrainingSettings { Architecture = CoreProblem.Architecture(), NumberOfIterations = 2, BatchSize = 16, KullbackLeiblerScale = 0.1, KullbackLeiblerWarmUpIterations = 5, LearningRate = 1e-12 };
        NetworkTrainer.Train(data, null, settings, null, monitor);

        // At a learning rate of nothing the divergence is that of the start: 5 inputs at p = 0.2 (α = 1/4), 7 + 18 units at p = 0.5 (α = 1).
        double divergence = (5 * LogUniformPrior.Value(KullbackLeiblerForm.Exact, Math.Log(0.25))) + (25 * LogUniformPrior.Value(KullbackLeiblerForm.Exact, 0));
        foreach (var report in monitor.Reports)
        {
            Assert.AreEqual(divergence, report.KullbackLeibler, 1e-4);
            Assert.AreEqual(report.ExpectedLogLikelihood - divergence, report.EvidenceLowerBound, 1e-4);
            Assert.AreEqual(CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row)), report.TotalWeight, 1e-9);
        }
    }

    /// <summary>Zero activations have zero variance: sqrt(0) would have an infinite slope.</summary>
    [TestMethod]
    public void Zero_inputs_give_finite_gradients()
    {
        var architecture = CoreProblem.Architecture(posterior: WeightPosterior.IndependentWeightNoise, sharing: DropoutVarianceSharing.Weight);
        var data = new TrainingSet(5);
        for (int i = 0; i < 6; i++)
            data.Add(i % 3, 1);
        foreach (double g in FullGradient(architecture, data, CoreProblem.AllRows(data), klWeight: 1))
            Assert.IsTrue(double.IsFinite(g));
    }

    /// <summary>Nothing but the data and the KL moves log α: with gradients of zero it stays where it is (no weight decay).</summary>
    [TestMethod]
    public unsafe void Optimizer_does_not_decay_what_has_no_gradient()
    {
        var values = new AlignedBuffer<float>(16);
        values.Span.Fill(-2.5f);
        var parameter = new Parameter<float>(values) { Lower = -8, Upper = 0 };
        var optimizer = new AdamOptimizer<PortableLanes, float>(0.9, 0.999, 1e-8);
        var zeros = new AlignedBuffer<float>(16);
        for (int i = 0; i < 100; i++)
        {
            optimizer.BeginStep(0.1);
            optimizer.Accept(parameter, 0, zeros.Pointer, 16);
        }

        Assert.IsTrue(values.Span.ToArray().All(value => value == -2.5f));
    }

    /// <summary>With an informative data set the rates move, but not to the smallest one at once.</summary>
    [TestMethod]
    public void Dropout_variances_do_not_collapse_at_the_start()
    {
        var data = CoreProblem.Create(300, 5, 3);
        foreach (var (posterior, sharing) in CoreProblem.LearnedNoises())
        {
            foreach (var prior in Enum.GetValues<WeightPrior>())
            {
                if (Combinations.Refuse(posterior, prior, sharing, GradientEstimator.LocalReparameterization) is not null)
                    continue;
                var settings = new TrainingSettings { Architecture = CoreProblem.Architecture(posterior: posterior, sharing: sharing), Prior = prior, NumberOfIterations = 10, BatchSize = 32 };
                var network = NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor());
                foreach (var layer in network.Layers)
                    Assert.IsGreaterThan(0.02, layer.MeanDropoutRate(posterior), $"{posterior}, {prior}, {sharing}");
            }
        }
    }

    private static double[] FullGradient(NetworkArchitecture architecture, TrainingSet data, int[] rows, double klWeight = 0)
    {
        double[] gradient = Gradient(architecture, data, rows, klWeight);
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] *= rows.Length;
        return gradient;
    }

    private static double[] Gradient(NetworkArchitecture architecture, TrainingSet data, int[] rows, double klWeight)
    {
        using var team = new WorkerTeam(1);
        var pass = CoreProblem.Pass<DoubleLane, double>(architecture, rows.Length, team);
        var recorder = new GradientRecorder<double>();
        pass.Run(data, rows, null, new Objective(data.RowCount, klWeight), 11, 4, recorder);
        return [.. pass.Layers.SelectMany(layer => recorder.Of(layer.Weights).Concat(recorder.Of(layer.Biases)).Concat(recorder.Of(layer.LogVariances)))];
    }

    private static TrainingSet Copy(TrainingSet source, Func<int, float> weight, int repeat)
    {
        var result = new TrainingSet(source.FeatureCount);
        for (int row = 0; row < source.RowCount; row++)
            source.Features(row).CopyTo(result.Add(source.Label(row), weight(row)));
        if (repeat >= 0)
            source.Features(repeat).CopyTo(result.Add(source.Label(repeat), weight(repeat)));
        return result;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        double largest = expected.Max(Math.Abs);
        Assert.IsGreaterThan(0, largest);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * largest);
    }
}
