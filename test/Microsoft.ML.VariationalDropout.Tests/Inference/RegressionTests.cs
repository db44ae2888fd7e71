using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Regression in the core: units, the head for the noise, and likelihoods against plain formulas.</summary>
[TestClass]
public sealed class RegressionTests
{
    [TestMethod]
    public void Every_posterior_learns_a_regression()
    {
        var test = CoreProblem.CreateRegression(200, 5, 1, seed: 9);
        foreach (var (posterior, sharing) in CoreProblem.AllNoises())
        {
            foreach (string likelihood in new[] { nameof(Likelihood.Gaussian), nameof(Likelihood.HeteroscedasticGaussian) })
            {
                var network = Train(CoreProblem.CreateRegression(800, 5, 1), likelihood, posterior, sharing);
                double error = Math.Sqrt(Enumerable.Range(0, test.RowCount).Average(row => Math.Pow(CoreProblem.Predict(network, test.Features(row)).Scores[0] - test.Label(row), 2)));
                Assert.IsLessThan(0.45, error, $"{posterior}, {sharing}, {likelihood}: the targets' standard deviation is 0.85, their noise 0.11");
            }
        }
    }

    /// <summary>Everything a user sees is in the label's units: millions and millionths give the same relative result.</summary>
    [TestMethod]
    [DataRow(1e6)]
    [DataRow(1e-6)]
    public void The_unit_of_the_target_is_a_matter_of_units_alone(double unit)
    {
        foreach (string likelihood in new[] { nameof(Likelihood.Gaussian), nameof(Likelihood.HeteroscedasticGaussian) })
        {
            var data = CoreProblem.CreateRegression(300, 5, 2);
            var one = Train(data, likelihood, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, iterations: 10);
            var other = Train(CoreProblem.CreateRegression(300, 5, 2, unit: unit), likelihood, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, iterations: 10);
            var wanted = CoreProblem.Predict(one, data.Features(4), samples: 50);
            var scaled = CoreProblem.Predict(other, data.Features(4), samples: 50);
            for (int t = 0; t < 2; t++)
            {
                Assert.AreEqual(wanted.Scores[t], scaled.Scores[t] / unit, 1e-3);
                Assert.AreEqual(wanted.StandardDeviations[t], scaled.StandardDeviations[t] / unit, 1e-3);
                Assert.AreEqual(wanted.AleatoricDeviations[t], scaled.AleatoricDeviations[t] / unit, 1e-3);
                Assert.AreEqual(wanted.EpistemicDeviations[t], scaled.EpistemicDeviations[t] / unit, 1e-3);
            }

            // Log-densities shift by log unit, per unit of weight and target; the divergence does not.
            double weight = CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row));
            double expected = one.Summary.ExpectedLogLikelihood - (2 * weight * Math.Log(unit));
            Assert.AreEqual(expected, other.Summary.ExpectedLogLikelihood, 0.5);
            Assert.AreEqual(one.Summary.KullbackLeibler, other.Summary.KullbackLeibler, 0.5);
        }
    }

    /// <summary>The noise's head starts at the targets' own variance, and waits for the mean: it must not explain everything as noise.</summary>
    [TestMethod]
    public void The_head_for_the_noise_does_not_collapse_before_the_mean_learns()
    {
        var data = CoreProblem.CreateRegression(800, 5, 1);
        var settings = CoreProblem.TrainingSettings(CoreProblem.Architecture(5, 2, hidden: [24], likelihood: Likelihood.HeteroscedasticGaussian)) with { NumberOfIterations = 1, LearningRate = 1e-12 };
        var untrained = NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor());
        double spread = CoreProblem.Statistics(data).Targets!.Scales[0];
        for (int row = 0; row < 20; row++)
            Assert.AreEqual(spread, CoreProblem.Predict(untrained, data.Features(row)).AleatoricDeviations[0], 0.05 * spread);

        foreach (var posterior in new[] { WeightPosterior.CorrelatedWeightNoise, WeightPosterior.Gaussian, WeightPosterior.None })
        {
            var network = Train(data, nameof(Likelihood.HeteroscedasticGaussian), posterior, Combinations.DefaultSharing(posterior));
            double noise = Enumerable.Range(0, 100).Average(row => CoreProblem.Predict(network, data.Features(row)).AleatoricDeviations[0]);
            double error = Math.Sqrt(Enumerable.Range(0, 100).Average(row => Math.Pow(CoreProblem.Predict(network, data.Features(row)).Scores[0] - data.Label(row), 2)));
            Assert.IsLessThan(0.5 * spread, noise, $"{posterior}");
            Assert.IsLessThan(0.5 * spread, error, $"{posterior}");
            Assert.IsGreaterThan(0.05, noise, $"{posterior}: the noise is 0.11 on average");
        }
    }

    /// <summary>Beyond its bounds the log-variance's gradient is that at the bound where it leads back, and none where it leads further out.</summary>
    [TestMethod]
    public void A_log_variance_beyond_its_bounds_can_come_back_and_cannot_go_further()
    {
        var likelihood = new GaussianLikelihood(TargetScaling.Identity(1), isHeteroscedastic: true);
        double Slope(double logVariance, float label)
        {
            double[] outputs = [0, logVariance];
            likelihood.Differentiate(outputs, [label], 1, []);
            return outputs[1];
        }

        // Gradients of the loss: positive makes the log-variance fall.
        Assert.AreEqual(0.5, Slope(100, 0), 1e-12);
        Assert.AreEqual(0, Slope(100, 1e4f));
        Assert.AreEqual(0, Slope(-100, 0));
        Assert.AreEqual(0.5 - (0.5 * Math.Exp(12)), Slope(-100, 1), 1e-6);
        Assert.AreEqual(likelihood.LogLikelihood([0, 6.0], [3]), likelihood.LogLikelihood([0, 50.0], [3]));
    }

    [TestMethod]
    public void Log_densities_are_those_of_the_normal_distribution_in_the_labels_units()
    {
        var targets = new TargetScaling { Means = [100, -2], Scales = [20, 0.5] };
        double Density(double y, double mean, double deviation) => (-0.5 * Math.Log(2 * Math.PI)) - Math.Log(deviation) - (0.5 * Math.Pow((y - mean) / deviation, 2));
        double expected = Density(130, 100 + (20 * 0.4), 20 * Math.Exp(0.15)) + Density(-2.4f, -2 - (0.5 * 1.1), 0.5 * Math.Exp(-0.35));
        Assert.AreEqual(expected, new GaussianLikelihood(targets, true).LogLikelihood([0.4, -1.1, 0.3, -0.7], [130, -2.4f]), 1e-9);
        var homoscedastic = new GaussianLikelihood(targets, false);
        homoscedastic.SetLogNoiseVariances([0.3, -0.7]);
        Assert.AreEqual(expected, homoscedastic.LogLikelihood([0.4, -1.1], [130, -2.4f]), 1e-9);
    }

    [TestMethod]
    public void Logits_far_out_have_finite_likelihoods_and_gradients()
    {
        var bernoulli = new BernoulliLikelihood();
        foreach (double logit in new[] { -1e30, -800, -40, 0, 40, 800, 1e30 })
        {
            foreach (float label in new[] { 0f, 1f })
            {
                double[] outputs = [logit];
                double value = bernoulli.Differentiate(outputs, [label], 2, []);
                double p = 1 / (1 + Math.Exp(-logit));
                Assert.AreEqual(2 * (p - label), outputs[0], 1e-12);
                Assert.IsTrue(double.IsFinite(value) && value <= 0);
            }
        }

        Assert.AreEqual(-Math.Log(1 + Math.Exp(-0.7)), bernoulli.LogLikelihood([0.7], [1]), 1e-12);
    }

    /// <summary>log 1/n Σ_s p(y | x, w_s) by hand, from draws one at a time; and moments agree with very many draws.</summary>
    [TestMethod]
    [DataRow(nameof(Likelihood.HeteroscedasticGaussian))]
    [DataRow(nameof(Likelihood.Gaussian))]
    public void Predictive_density_is_the_mean_of_the_draws_densities(string likelihood)
    {
        var data = CoreProblem.CreateRegression(300, 5, 2, unit: 50);
        var network = Train(data, likelihood, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight);
        int count = 40;
        var few = new TrainingSet(5, 2);
        for (int row = 0; row < count; row++)
            data.Features(row).CopyTo(few.Add(data.Labels(row), data.Weight(row)));

        double sum = 0, weights = 0;
        for (int row = 0; row < count; row++)
        {
            // The draws of three samples: sample s alone is what the network gives with the noise of sample s.
            double density = 0;
            for (int sample = 0; sample < 3; sample++)
                density += Math.Exp(DrawLogDensity(network, data.Features(row), data.Labels(row), sample)) / 3;
            sum += data.Weight(row) * Math.Log(density);
            weights += data.Weight(row);
        }

        Assert.AreEqual(sum / weights, LogLikelihood(network, few, samples: 3), 1e-6);
        Assert.AreEqual(LogLikelihood(network, few, samples: 4000), LogLikelihood(network, few, samples: -1), 0.02, "moments");
        Assert.IsGreaterThan(LogLikelihood(network, few, samples: 0) - 0.2, LogLikelihood(network, few, samples: 200));
    }

    [TestMethod]
    public void A_target_of_two_values_is_one_however_near_they_are()
    {
        var data = new TrainingSet(1);
        for (int row = 0; row < 1000; row++)
            data.Add(row == 500 ? 1.7e9f + 128 : 1.7e9f, 1)[0] = row;
        Assert.IsGreaterThan(1, CoreProblem.Statistics(data).Targets!.Scales[0]);
    }

    [TestMethod]
    public void A_target_of_one_value_is_refused_with_the_value()
    {
        var data = new TrainingSet(1, 2);
        for (int row = 0; row < 10; row++)
            data.Add([row, 3e7f], 1)[0] = row;
        var exception = Assert.ThrowsExactly<ConstantTargetException>(() => CoreProblem.Statistics(data));
        Assert.AreEqual((1, 3e7f, 10), (exception.Target, exception.Value, exception.Rows));
    }

    [TestMethod]
    public void Homoscedastic_noise_is_learned_bit_for_bit_at_any_number_of_threads()
    {
        var data = CoreProblem.CreateRegression(600, 40, 3);
        var architecture = CoreProblem.Architecture(40, 3, hidden: [150], likelihood: Likelihood.Gaussian);
        TrainedNetwork Run(int threads) => NetworkTrainer.Train(data, null, CoreProblem.TrainingSettings(architecture) with { NumberOfThreads = threads, BatchSize = 140 }, null, new RecordingMonitor());
        var one = Run(1);
        Assert.HasCount(3, one.LogNoiseVariances);
        Assert.IsTrue(one.LogNoiseVariances.All(value => value != 0));
        Assert.IsTrue(CoreProblem.SameBits(one, Run(2)));
        Assert.IsTrue(CoreProblem.SameBits(one, Run(8)));
    }

    /// <param name="network">The network.</param>
    /// <param name="data">Rows.</param>
    /// <param name="samples">Draws; 0 for the posterior mean, −1 for moments.</param>
    private static double LogLikelihood(TrainedNetwork network, TrainingSet data, int samples)
        => PredictiveLikelihood.Mean(
            network,
            data,
            (predictor, block, rows, destination) =>
            {
                if (samples > 0)
                    predictor.PredictSampled(block, rows, samples, 3, destination);
                else if (samples == 0)
                    predictor.PredictMean(block, rows, destination);
                else
                    predictor.PredictMoments(block, rows, destination);
            },
            () => { });

    /// <summary>Draw <paramref name="sample"/> follows from means over one draw more and one draw fewer.</summary>
    private static double DrawLogDensity(TrainedNetwork network, ReadOnlySpan<float> features, ReadOnlySpan<float> labels, int sample)
    {
        var with = CoreProblem.Predict(network, features, sample + 1, 3);
        var without = sample == 0 ? null : CoreProblem.Predict(network, features, sample, 3);
        double sum = 0;
        for (int t = 0; t < labels.Length; t++)
        {
            double mean = ((sample + 1.0) * with.Scores[t]) - (sample * (without?.Scores[t] ?? 0.0));
            double variance = ((sample + 1) * Math.Pow(with.AleatoricDeviations[t], 2)) - (sample * Math.Pow(without?.AleatoricDeviations[t] ?? 0, 2));
            sum += -0.5 * (Math.Log(2 * Math.PI * variance) + (Math.Pow(labels[t] - mean, 2) / variance));
        }

        return sum;
    }

    private static TrainedNetwork Train(TrainingSet data, string likelihood, WeightPosterior posterior, DropoutVarianceSharing sharing, int iterations = 40)
    {
        var kind = Enum.Parse<Likelihood>(likelihood);
        int outputs = kind == Likelihood.HeteroscedasticGaussian ? 2 * data.LabelCount : data.LabelCount;
        var architecture = CoreProblem.Architecture(data.FeatureCount, outputs, posterior, sharing, hidden: [32], likelihood: kind);
        var settings = CoreProblem.TrainingSettings(architecture) with
        {
            NumberOfIterations = iterations,
            LearningRate = 5e-3,
            InitialInputDropoutRate = 0.02,
            InitialHiddenDropoutRate = 0.02,
        };
        return NetworkTrainer.Train(data, null, settings, null, new RecordingMonitor());
    }
}
