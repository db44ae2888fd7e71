using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>What local reparameterization samples against the moments that it is meant to have.</summary>
[TestClass]
public sealed unsafe class SamplingTests
{
    private const int Draws = 100_000;

    public static IEnumerable<object[]> Noises
        => from noise in CoreProblem.Noises()
           from estimator in new[] { GradientEstimator.LocalReparameterization, GradientEstimator.SharedWeightSample, GradientEstimator.SeparateWeightSamples }
           select new object[] { noise.Posterior, noise.Sharing, estimator };

    /// <summary>
    /// Γ_j = Σ_i a_i θ_ij + b_j and Δ_j = Σ_i a_i² σ_ij², whatever the noise and the estimator. With noise on the inputs the outputs of one row
    /// covary as Σ_i α_i a_i² θ_ij θ_ik; with independent noise not at all.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Noises))]
    public void Drawn_outputs_have_the_mean_the_variance_and_the_covariance_of_the_posterior(WeightPosterior posterior, DropoutVarianceSharing sharing, GradientEstimator estimator)
    {
        // A draw that a minibatch shares is one draw a step.
        int perStep = estimator == GradientEstimator.SharedWeightSample ? 1 : 16;
        const int Inputs = 6, Outputs = 4, Batch = 800;
        var architecture = CoreProblem.Architecture(Inputs, Outputs, posterior, sharing, hidden: []);
        var layer = new DenseLayer<SingleLane, float>(0, CoreProblem.Settings(architecture, estimator: estimator), Batch);
        var start = CoreProblem.StartValues(architecture)[0];
        layer.Load(start);

        var a = new float[] { 0.5f, -1, 2, 0.1f, 0, 1.5f };
        var tile = new AlignedBuffer<float>(256);
        for (int i = 0; i < 256; i++)
            tile.Pointer[i] = i % 16 < Inputs ? a[i % 16] : 0;
        var variances = new AlignedBuffer<float>(16 * 16);

        var sum = new double[Outputs];
        var square = new double[Outputs];
        var products = new double[Outputs, Outputs];
        var rows = new AlignedBuffer<uint>(16);
        var z = new AlignedBuffer<float>(256);
        double[] mean = [.. Enumerable.Range(0, Outputs).Select(j => start.Biases[j] + Enumerable.Range(0, Inputs).Sum(i => (double)a[i] * Weight(i, j)))];
        for (int draw = 0; draw < Draws; draw += perStep)
        {
            for (int i = 0; i < 16; i++)
                rows.Pointer[i] = (uint)(draw + i);
            layer.PrepareStep(5, (uint)draw, rows.Pointer);
            if (layer.Form == NoiseForm.SharedWeights)
                layer.SampleWeightPanel(0);
            else if (draw == 0 && layer.Form == NoiseForm.Outputs)
                layer.FillVariancePanels(0, 1, variances.Pointer);
            layer.StoreInput(0, 0, tile.Pointer);
            layer.Forward(0, 1, 0, variances.Pointer, z.Pointer);
            for (int i = 0; i < perStep; i++)
            {
                for (int j = 0; j < Outputs; j++)
                {
                    double deviation = z.Pointer[(i * 16) + j] - mean[j];
                    sum[j] += deviation;
                    square[j] += deviation * deviation;
                    for (int k = 0; k < Outputs; k++)
                        products[j, k] += deviation * (z.Pointer[(i * 16) + k] - mean[k]);
                }
            }
        }

        for (int j = 0; j < Outputs; j++)
        {
            double variance = Covariance(j, j);
            Assert.AreEqual(0, sum[j] / Draws, 5 * Math.Sqrt(variance / Draws), $"mean of output {j}");
            Assert.AreEqual(variance, square[j] / Draws, 5 * variance * Math.Sqrt(2.5 / Draws), $"variance of output {j}");
            for (int k = 0; k < j; k++)
            {
                double expected = posterior.IsOnInputs() ? Covariance(j, k) : 0;
                Assert.AreEqual(expected, products[j, k] / Draws, 5 * Math.Sqrt(((variance * Covariance(k, k)) + (expected * expected)) / Draws), $"covariance of {j} and {k}");
            }
        }

        GC.KeepAlive(layer);

        double Weight(int i, int j) => start.Weights[(i * Outputs) + j];

        double Covariance(int j, int k) => Enumerable.Range(0, Inputs).Sum(i => Variance(i, j) * a[i] * a[i] * (posterior == WeightPosterior.Gaussian ? 1 : Weight(i, j) * Weight(i, k)));

        double Variance(int i, int j) => Math.Exp(start.LogVariances[sharing switch
        {
            DropoutVarianceSharing.Layer => 0,
            DropoutVarianceSharing.InputUnit => i,
            DropoutVarianceSharing.OutputUnit => j,
            _ => (i * Outputs) + j,
        }]);
    }
}
