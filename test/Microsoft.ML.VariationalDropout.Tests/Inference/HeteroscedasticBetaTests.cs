using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>The weights e^βv ÷ their mean in the minibatch that rows have in the gradient of the heteroscedastic likelihood.</summary>
[TestClass]
public sealed class HeteroscedasticBetaTests
{
    /// <summary>With the weights held, the gradient is that of the weighted likelihood: two targets, whose weights differ.</summary>
    [TestMethod]
    [DataRow(0.3)]
    [DataRow(1)]
    public void A_rows_gradient_is_its_weight_times_that_of_its_likelihood(double beta)
    {
        var targets = new TargetScaling { Means = [3, -1], Scales = [2, 0.5] };
        var likelihood = new GaussianLikelihood(targets, isHeteroscedastic: true, beta);
        double[][] rows = [[0.4, -0.2, 0.9, -2], [1.5, 0.3, -1, 0.5], [-0.6, 0.1, 2, -13]];
        float[] labels = [4, -0.8f];
        double[] weights = [0.5, 2, 1], sums = new double[likelihood.RowWeightCount];
        Assert.HasCount(2, sums);
        for (int i = 0; i < rows.Length; i++)
            likelihood.AddRowWeights(rows[i], weights[i], sums);
        likelihood.SetMeanRowWeights([.. sums.Select(sum => sum / weights.Sum())]);

        for (int i = 0; i < rows.Length; i++)
        {
            double[] gradient = [.. rows[i]];
            Assert.AreEqual(likelihood.LogLikelihood([.. rows[i]], labels), likelihood.Differentiate(gradient, labels, 0.7, []), 1e-12, "What is reported is the likelihood itself.");
            for (int k = 0; k < 4; k++)
            {
                const double step = 1e-5;
                double[] above = [.. rows[i]], below = [.. rows[i]];
                above[k] += step;
                below[k] -= step;
                double slope = (likelihood.LogLikelihood(above, labels) - likelihood.LogLikelihood(below, labels)) / (2 * step);
                double mean = rows.Zip(weights, (row, weight) => weight * Weight(row[2 + (k % 2)])).Sum() / weights.Sum();

                // Beyond the lowest log-variance the likelihood is flat, and its gradient that at the bound where it leads back.
                if (rows[i][k] >= GaussianLikelihood.LowestLogVariance)
                    Assert.AreEqual(-0.7 * slope * Weight(rows[i][2 + (k % 2)]) / mean, gradient[k], 1e-6 * (1 + Math.Abs(gradient[k])), $"row {i}, output {k}");
            }
        }

        double Weight(double logVariance) => Math.Exp(beta * GaussianLikelihood.ClampLogVariance(logVariance));
    }

    /// <summary>
    /// The gradient of a linear network for target t is that of a minibatch without β whose rows weigh what their outputs say for t: every target has its own
    /// weights, rows of other tiles and the padding none of them, and threads change nothing.
    /// </summary>
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 1)]
    [DataRow(2, 3)]
    [DataRow(5, 8)]
    public void A_minibatch_weighs_its_rows_by_their_noise(int targets, int threads)
    {
        const double beta = 0.5;
        const int features = 5;
        var architecture = CoreProblem.Architecture(features, 2 * targets, WeightPosterior.None, DropoutVarianceSharing.Layer, hidden: [], likelihood: Likelihood.HeteroscedasticGaussian);
        TrainingSet data = CoreProblem.CreateRegression(77, features, targets);
        TrainedLayer start = CoreProblem.StartValues(architecture)[0];

        // Training starts with nearly the same noise for all rows.
        for (int i = 0; i < features; i++)
        {
            for (int t = 0; t < targets; t++)
                start.Weights[(i * 2 * targets) + targets + t] = 0.3f * (i - 1 + (0.2f * t));
        }

        using var team = new WorkerTeam(threads);
        double[][] gradient = Gradient(data, beta, out double logLikelihood);
        for (int t = 0; t < targets; t++)
        {
            double[] rowWeights = [.. CoreProblem.AllRows(data).Select(row => Math.Exp(beta * GaussianLikelihood.ClampLogVariance(Output(row, targets + t))))];
            Assert.IsGreaterThan(1.5, rowWeights.Max() / rowWeights.Min(), "The noise must differ from row to row.");
            double mean = CoreProblem.AllRows(data).Sum(row => data.Weight(row) * rowWeights[row]) / CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row));
            var reweighted = new TrainingSet(features, targets);
            for (int row = 0; row < data.RowCount; row++)
                data.Features(row).CopyTo(reweighted.Add(data.Labels(row), (float)(data.Weight(row) * rowWeights[row] / mean)));
            double[][] expected = Gradient(reweighted, 0, out _);
            foreach (int output in new[] { t, targets + t })
            {
                for (int i = 0; i <= features; i++)
                    Assert.AreEqual(expected[output][i], gradient[output][i], 1e-6 * (1 + Math.Abs(expected[output][i])), $"target {t}, output {output}, input {i}");
            }
        }

        Gradient(data, 0, out double plainLogLikelihood);
        Assert.AreEqual(plainLogLikelihood, logLikelihood, "What is reported is the likelihood itself.");

        double Output(int row, int output)
            => start.Biases[output] + Enumerable.Range(0, features).Sum(i => (double)data.Features(row)[i] * start.Weights[(i * 2 * targets) + output]);

        // [output][input, the bias last].
        double[][] Gradient(TrainingSet rows, double beta, out double logLikelihood)
        {
            TrainingPass<DoubleLane, double> pass = CoreProblem.Pass<DoubleLane, double>(architecture, rows.RowCount, team, CoreProblem.Settings(architecture) with { HeteroscedasticBeta = beta });
            DenseLayer<DoubleLane, double> layer = pass.Layers[0];
            layer.Load(start);
            var recorder = new GradientRecorder<double>();
            logLikelihood = pass.Run(rows, CoreProblem.AllRows(rows), null, new Objective(rows.RowCount, 0), 1, 0, recorder);
            double[] weights = recorder.Of(layer.Weights), biases = recorder.Of(layer.Biases);
            return [.. Enumerable.Range(0, 2 * targets).Select(output => Enumerable.Range(0, features).Select(i => weights[layer.BlockedIndex(i, output)]).Append(biases[output]).ToArray())];
        }
    }

    /// <summary>Alone a row weighs 1.</summary>
    [TestMethod]
    public void Minibatches_of_one_row_train_to_the_same_bits()
    {
        TrainedNetwork Train(double beta, int batchSize) => NetworkTrainer.Train(
            CoreProblem.CreateRegression(20, 5, 2),
            null,
            CoreProblem.TrainingSettings(CoreProblem.Architecture(5, 4, hidden: [6], likelihood: Likelihood.HeteroscedasticGaussian)) with { BatchSize = batchSize, HeteroscedasticBeta = beta },
            null,
            new RecordingMonitor());
        Assert.IsTrue(CoreProblem.SameBits(Train(0, 1), Train(1, 1)));
        Assert.IsFalse(CoreProblem.SameBits(Train(0, 10), Train(1, 10)));
    }
}
