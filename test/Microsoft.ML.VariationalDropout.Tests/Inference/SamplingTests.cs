using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>What local reparameterization samples against the moments that it is meant to have.</summary>
[TestClass]
public sealed unsafe class SamplingTests
{
    private const int Draws = 100_000;

    [TestMethod]
    [DataRow(DropoutVarianceSharing.Layer)]
    [DataRow(DropoutVarianceSharing.InputUnit)]
    [DataRow(DropoutVarianceSharing.OutputUnit)]
    [DataRow(DropoutVarianceSharing.Weight)]
    public void Independent_noise_has_the_mean_and_the_variance_of_the_paper(DropoutVarianceSharing sharing)
        => CheckMoments(WeightPosterior.IndependentWeightNoise, sharing);

    [TestMethod]
    [DataRow(DropoutVarianceSharing.Layer)]
    [DataRow(DropoutVarianceSharing.InputUnit)]
    public void Correlated_noise_has_its_mean_and_variance(DropoutVarianceSharing sharing)
        => CheckMoments(WeightPosterior.CorrelatedWeightNoise, sharing);

    /// <summary>
    /// Γ_j = Σ_i a_i θ_ij + b_j and Δ_j = Σ_i α_ij a_i² θ_ij², for either form of noise. With correlated noise the outputs of one row
    /// covary as Σ_i α_i a_i² θ_ij θ_ik; with independent noise not at all.
    /// </summary>
    private static void CheckMoments(WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        const int Inputs = 6, Outputs = 4, Batch = 800;
        var architecture = CoreProblem.Architecture(Inputs, Outputs, posterior, sharing, hidden: []);
        var layer = new DenseLayer<SingleLane, float>(0, architecture, KullbackLeiblerForm.Exact, Batch, isAveraged: false, (-20, 20));
        var start = CoreProblem.StartValues(architecture)[0];
        layer.Load(start);
        layer.PrepareStep();

        var a = new float[] { 0.5f, -1, 2, 0.1f, 0, 1.5f };
        var tile = new AlignedBuffer<float>(256);
        for (int i = 0; i < 256; i++)
            tile.Pointer[i] = i % 16 < Inputs ? a[i % 16] : 0;
        var variances = new AlignedBuffer<float>(16 * 16);
        if (!layer.IsCorrelated)
            layer.FillVariancePanel(0, variances.Pointer);

        var sum = new double[Outputs];
        var square = new double[Outputs];
        var products = new double[Outputs, Outputs];
        var rows = new AlignedBuffer<uint>(16);
        var z = new AlignedBuffer<float>(256);
        double[] mean = [.. Enumerable.Range(0, Outputs).Select(j => start.Biases[j] + Enumerable.Range(0, Inputs).Sum(i => (double)a[i] * Weight(i, j)))];
        for (int draw = 0; draw < Draws; draw += 16)
        {
            for (int i = 0; i < 16; i++)
                rows.Pointer[i] = (uint)(draw + i);
            var counters = new NoiseCounters { Seed = 5, Stream = NoiseStream.TrainingNoise, Step = 1, Rows = rows.Pointer };
            layer.StoreInput(0, 0, tile.Pointer, counters);
            layer.Forward(0, 0, variances.Pointer, counters, z.Pointer);
            for (int i = 0; i < 16; i++)
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
            Assert.AreEqual(variance, square[j] / Draws, 5 * variance * Math.Sqrt(2.0 / Draws), $"variance of output {j}");
            for (int k = 0; k < j; k++)
            {
                double expected = layer.IsCorrelated ? Covariance(j, k) : 0;
                Assert.AreEqual(expected, products[j, k] / Draws, 5 * Math.Sqrt(((variance * Covariance(k, k)) + (expected * expected)) / Draws), $"covariance of {j} and {k}");
            }
        }

        GC.KeepAlive(layer);

        double Weight(int i, int j) => start.Weights[(i * Outputs) + j];

        double Covariance(int j, int k) => Enumerable.Range(0, Inputs).Sum(i => Alpha(i, j) * a[i] * a[i] * Weight(i, j) * Weight(i, k));

        double Alpha(int i, int j) => Math.Exp(start.LogDropoutVariances[sharing switch
        {
            DropoutVarianceSharing.Layer => 0,
            DropoutVarianceSharing.InputUnit => i,
            DropoutVarianceSharing.OutputUnit => j,
            _ => (i * Outputs) + j,
        }]);
    }
}
