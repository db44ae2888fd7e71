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

    /// <summary>A minibatch with β is one without, whose rows weigh what a linear network's outputs say.</summary>
    [TestMethod]
    public void A_minibatch_weighs_its_rows_by_their_noise()
    {
        const double beta = 0.5;
        var architecture = CoreProblem.Architecture(5, 2, WeightPosterior.None, DropoutVarianceSharing.Layer, hidden: [], likelihood: Likelihood.HeteroscedasticGaussian);
        var data = CoreProblem.CreateRegression(37, 5, 1);
        using var team = new WorkerTeam(2);
        var settings = CoreProblem.Settings(architecture) with { HeteroscedasticBeta = beta };
        TrainingPass<DoubleLane, double> pass = CoreProblem.Pass<DoubleLane, double>(architecture, data.RowCount, team, settings);
        TrainedLayer start = CoreProblem.StartValues(architecture)[0];

        // Training starts with nearly the same noise for all rows.
        for (int i = 0; i < 5; i++)
            start.Weights[(i * 2) + 1] = 0.3f * (i - 1);
        pass.Layers[0].Load(start);
        double[] rowWeights = [.. CoreProblem.AllRows(data).Select(row => Math.Exp(beta * LogVariance(row)))];
        double mean = CoreProblem.AllRows(data).Sum(row => data.Weight(row) * rowWeights[row]) / CoreProblem.AllRows(data).Sum(row => (double)data.Weight(row));
        Assert.IsGreaterThan(1.5, rowWeights.Max() / rowWeights.Min(), "The noise must differ from row to row.");
        var reweighted = new TrainingSet(5);
        for (int row = 0; row < data.RowCount; row++)
            data.Features(row).CopyTo(reweighted.Add(data.Label(row), (float)(data.Weight(row) * rowWeights[row] / mean)));

        double[] gradient = Gradient(pass, data, out double logLikelihood);
        TrainingPass<DoubleLane, double> plain = CoreProblem.Pass<DoubleLane, double>(architecture, data.RowCount, team, CoreProblem.Settings(architecture));
        plain.Layers[0].Load(start);
        double[] expected = Gradient(plain, reweighted, out _);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], gradient[i], 1e-6 * (1 + Math.Abs(expected[i])), $"weight {i}");
        Gradient(plain, data, out double plainLogLikelihood);
        Assert.AreEqual(plainLogLikelihood, logLikelihood, "What is reported is the likelihood itself.");

        double LogVariance(int row)
        {
            double sum = start.Biases[1];
            for (int i = 0; i < 5; i++)
                sum += data.Features(row)[i] * start.Weights[(i * 2) + 1];
            return sum;
        }
    }

    /// <summary>Among rows of the same noise, and alone, a row weighs 1.</summary>
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

    private static double[] Gradient(TrainingPass<DoubleLane, double> pass, TrainingSet data, out double logLikelihood)
    {
        var recorder = new GradientRecorder<double>();
        logLikelihood = pass.Run(data, CoreProblem.AllRows(data), null, new Objective(data.RowCount, 0), 1, 0, recorder);
        return [.. recorder.Of(pass.Layers[0].Weights), .. recorder.Of(pass.Layers[0].Biases)];
    }
}
