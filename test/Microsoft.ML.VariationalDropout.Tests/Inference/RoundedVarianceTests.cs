using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Large layers multiply variances as 16-bit integers: what that does to a step.</summary>
[TestClass]
public sealed class RoundedVarianceTests
{
    public static IEnumerable<object[]> NoisesByPath
        => from noise in CoreProblem.Noises()
           where NoiseForms.Of(noise.Posterior, GradientEstimator.LocalReparameterization) == NoiseForm.Outputs
           from path in KernelPaths.Supported
           select new object[] { noise.Posterior, noise.Sharing, path.ToString() };

    [TestMethod]
    [DynamicData(nameof(NoisesByPath))]
    public void Gradient_is_that_of_the_full_precision(WeightPosterior posterior, DropoutVarianceSharing sharing, string path)
    {
        // Wider than a block in every dimension, with padding left over in every dimension.
        var architecture = CoreProblem.Architecture(inputs: 37, classes: 19, posterior, sharing, Activation.Softplus, hidden: [50, 33]);
        var data = CoreProblem.Create(41, 37, 19);
        switch (Enum.Parse<KernelPath>(path))
        {
            case KernelPath.Avx512:
                Compare<Avx512Lanes>(architecture, data, 1);
                break;
            case KernelPath.Avx2:
                Compare<Avx2Lanes>(architecture, data, 1);
                break;
            case KernelPath.Portable:
                Compare<PortableLanes>(architecture, data, 1);
                break;
            default:
                Compare<SingleLane>(architecture, data, 1);
                break;
        }
    }

    [TestMethod]
    public void Gradient_of_a_large_network_is_that_of_the_full_precision()
    {
        var architecture = CoreProblem.Architecture(inputs: 300, classes: 10, WeightPosterior.IndependentWeightNoise, DropoutVarianceSharing.Layer, hidden: [270, 300]);
        var settings = CoreProblem.Settings(architecture);
        Assert.IsTrue(settings.RoundsVariances(300, 270, 70) && settings.RoundsVariances(270, 300, 70) && !settings.RoundsVariances(300, 10, 70));
        Assert.IsFalse(settings.RoundsVariances(20_000, 300, 128) || settings.RoundsVariances(300, 300, 100_000), "sums so long that few integers are left");
        Compare<PortableLanes>(architecture, CoreProblem.Create(70, 300, 10), settings.SmallestRoundedLayer);
    }

    [TestMethod]
    public void Layers_of_the_double_precision_reference_are_never_rounded()
    {
        using var team = new WorkerTeam(1);
        var architecture = CoreProblem.Architecture(classes: 19, posterior: WeightPosterior.IndependentWeightNoise, sharing: DropoutVarianceSharing.Layer);
        var settings = CoreProblem.Settings(architecture) with { SmallestRoundedLayer = 1 };
        Assert.IsTrue(CoreProblem.Pass<DoubleLane, double>(architecture, 16, team, settings).Layers.All(layer => !layer.RoundsVariances));
        Assert.IsTrue(CoreProblem.Pass<SingleLane, float>(architecture, 16, team, settings).Layers.All(layer => layer.RoundsVariances));
    }

    [TestMethod]
    public void Gradient_below_a_layer_of_few_outputs_is_that_of_the_full_precision()
        => Compare<PortableLanes>(CoreProblem.Architecture(37, 3, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, Activation.Softplus, [50, 33]), CoreProblem.Create(41, 37, 3), 1);

    [TestMethod]
    [DataRow(WeightPosterior.Gaussian)]
    [DataRow(WeightPosterior.IndependentWeightNoise)]
    public void Inputs_that_are_zero_or_in_other_units_do_not_take_the_bits_of_the_rest(WeightPosterior posterior)
    {
        const int Inputs = 300, Rows = 70, Classes = 10;
        bool isGaussian = posterior == WeightPosterior.Gaussian;
        var architecture = CoreProblem.Architecture(Inputs, Classes, posterior, isGaussian ? DropoutVarianceSharing.Weight : DropoutVarianceSharing.Layer, Activation.Softplus, [256]);
        var data = new TrainingSet(Inputs);
        var plain = CoreProblem.Create(Rows, Inputs, Classes);
        var start = CoreProblem.StartValues(architecture);
        for (int row = 0; row < Rows; row++)
        {
            Span<float> features = data.Add(plain.Label(row), 1);
            for (int i = 0; i < Inputs; i++)
                features[i] = plain.Features(row)[i] * (i % 10 == 0 ? isGaussian ? 0 : 10 : 1);
        }

        // A Gaussian weight whose input is always zero has a variance near the prior's; weights of an input in a smaller unit are smaller.
        for (int n = 0; n < start[0].Weights.Length; n++)
        {
            if (isGaussian)
                start[0].LogVariances[n] = n / 256 % 10 == 0 ? 0 : -9;
            else if (n / 256 % 10 == 0)
                start[0].Weights[n] *= 0.1f;
        }

        Compare<PortableLanes>(architecture, data, LayerSettings.DefaultSmallestRoundedLayer, start);
    }

    [TestMethod]
    public void Bits_of_a_short_minibatch_do_not_depend_on_longer_ones()
    {
        var architecture = CoreProblem.Architecture(37, 19, WeightPosterior.Gaussian, DropoutVarianceSharing.Weight, Activation.Softplus, [50, 33]);
        var data = CoreProblem.Create(70, 37, 19);
        float[][] alone = Short(21, []), after = Short(70, CoreProblem.AllRows(data));
        for (int p = 0; p < alone.Length; p++)
            Assert.IsTrue(alone[p].AsSpan().SequenceEqual(after[p]), $"parameter {p}");

        float[][] Short(int capacity, int[] before)
        {
            using var team = new WorkerTeam(1);
            var pass = CoreProblem.Pass<PortableLanes, float>(architecture, capacity, team, CoreProblem.Settings(architecture) with { SmallestRoundedLayer = 1 });
            var recorder = new GradientRecorder<float>();
            if (before.Length > 0)
                pass.Run(data, before, null, new Objective(data.RowCount, 0), 11, 3, recorder);
            pass.Run(data, CoreProblem.AllRows(data).AsSpan(0, 21), null, new Objective(data.RowCount, 0), 11, 4, recorder);
            return GradientsOf(pass, recorder);
        }
    }

    [TestMethod]
    public void Bits_do_not_depend_on_the_threads()
    {
        var architecture = CoreProblem.Architecture(inputs: 37, classes: 19, WeightPosterior.IndependentWeightNoise, DropoutVarianceSharing.OutputUnit, hidden: [260, 290]);
        var data = CoreProblem.Create(140, 37, 19);
        var (one, _) = Gradients<PortableLanes>(architecture, data, 256, threads: 1);
        var (three, _) = Gradients<PortableLanes>(architecture, data, 256, threads: 3);
        for (int p = 0; p < one.Length; p++)
            Assert.IsTrue(one[p].AsSpan().SequenceEqual(three[p]), $"parameter {p}");
    }

    /// <summary>Δ changes by some parts in ten thousand, and so does each gradient as a whole.</summary>
    private static void Compare<TLanes>(NetworkArchitecture architecture, TrainingSet data, int smallestRounded, IReadOnlyList<TrainedLayer>? start = null)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        var (exact, exactLikelihood) = Gradients<TLanes>(architecture, data, int.MaxValue, start: start);
        var (rounded, likelihood) = Gradients<TLanes>(architecture, data, smallestRounded, start: start);
        Assert.AreNotEqual(exactLikelihood, likelihood, "something was rounded");
        Assert.AreEqual(exactLikelihood, likelihood, 1e-3 * Math.Abs(exactLikelihood));
        for (int p = 0; p < exact.Length; p++)
        {
            double difference = 0, norm = 0;
            for (int i = 0; i < exact[p].Length; i++)
            {
                difference += Math.Pow(rounded[p][i] - exact[p][i], 2);
                norm += Math.Pow(exact[p][i], 2);
            }

            Assert.IsLessThan(3e-3, Math.Sqrt(difference / norm), $"parameter {p}");
        }
    }

    /// <summary>Of the weights, biases and log-variances of every layer.</summary>
    private static (float[][] Gradients, double LogLikelihood) Gradients<TLanes>(NetworkArchitecture architecture, TrainingSet data, int smallestRounded, int threads = 1, IReadOnlyList<TrainedLayer>? start = null)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        using var team = new WorkerTeam(threads);
        var settings = CoreProblem.Settings(architecture) with { SmallestRoundedLayer = smallestRounded };
        var pass = CoreProblem.Pass<TLanes, float>(architecture, data.RowCount, team, settings);
        for (int l = 0; start is not null && l < start.Count; l++)
            pass.Layers[l].Load(start[l]);
        var recorder = new GradientRecorder<float>();
        double logLikelihood = pass.Run(data, CoreProblem.AllRows(data), null, new Objective(data.RowCount, 0), 11, 4, recorder);
        return (GradientsOf(pass, recorder), logLikelihood);
    }

    private static float[][] GradientsOf<TLanes>(TrainingPass<TLanes, float> pass, GradientRecorder<float> recorder)
        where TLanes : unmanaged, ILanes<TLanes, float>
        => [.. pass.Layers.SelectMany(layer => new[] { layer.Weights, layer.Biases, layer.LogVariances }).Select(recorder.Of)];
}
