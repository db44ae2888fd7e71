using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Every gradient against central differences in double precision, and every kernel path against the double-precision gradient.</summary>
[TestClass]
public sealed class GradientTests
{
    private const double KullbackLeiblerWeight = 0.7;

    public static IEnumerable<object[]> NoisesAndActivations
        => from noise in CoreProblem.AllNoises()
           from activation in Enum.GetValues<Activation>()
           select new object[] { noise.Posterior, noise.Sharing, activation };

    public static IEnumerable<object[]> EveryCombination
        => from combination in CoreProblem.AllCombinations()
           select new object[] { combination.Posterior, combination.Prior, combination.Sharing, combination.Estimator };

    public static IEnumerable<object[]> NoisesByPath
        => from combination in CoreProblem.AllCombinations()
           where combination.Prior == Combinations.DefaultPrior(combination.Posterior)
           from path in KernelPaths.Supported
           select new object[] { combination.Posterior, combination.Sharing, combination.Estimator, path.ToString() };

    public static IEnumerable<object[]> LikelihoodsAndNoises
        => from likelihood in new[] { "Bernoulli 1", "Gaussian 1", "Gaussian 3", "HeteroscedasticGaussian 2", "HeteroscedasticGaussian 6" }
           from noise in CoreProblem.AllNoises()
           select new object[] { likelihood, noise.Posterior, noise.Sharing };

    [TestMethod]
    [DynamicData(nameof(NoisesAndActivations))]
    public void Gradient_equals_central_differences(WeightPosterior posterior, DropoutVarianceSharing sharing, Activation activation)
        => CheckAgainstDifferences(CoreProblem.Settings(CoreProblem.Architecture(posterior: posterior, sharing: sharing, activation: activation)));

    [TestMethod]
    [DynamicData(nameof(EveryCombination))]
    public void Gradient_equals_central_differences_for_every_prior_and_estimator(WeightPosterior posterior, WeightPrior prior, DropoutVarianceSharing sharing, GradientEstimator estimator)
    {
        var architecture = CoreProblem.Architecture(posterior: posterior, sharing: sharing, activation: Activation.Tanh);
        CheckAgainstDifferences(CoreProblem.Settings(architecture, prior, estimator));
        if (prior == WeightPrior.Gaussian)
            CheckAgainstDifferences(CoreProblem.Settings(architecture, prior, estimator, priorVariance: 0.3));
    }

    [TestMethod]
    [DynamicData(nameof(LikelihoodsAndNoises))]
    public void Gradient_equals_central_differences_for_every_likelihood(string likelihood, WeightPosterior posterior, DropoutVarianceSharing sharing)
    {
        string[] parts = likelihood.Split(' ');
        CheckAgainstDifferences(CoreProblem.Settings(CoreProblem.Architecture(
            classes: int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), posterior: posterior, sharing: sharing, activation: Activation.Silu, likelihood: Enum.Parse<Likelihood>(parts[0]))));
    }

    [TestMethod]
    [DataRow(KullbackLeiblerForm.Polynomial)]
    [DataRow(KullbackLeiblerForm.Sigmoid)]
    public void Gradient_equals_central_differences_for_every_form_of_the_divergence(KullbackLeiblerForm form)
    {
        foreach (var (posterior, sharing) in CoreProblem.LearnedNoises().Where(noise => noise.Posterior != WeightPosterior.Gaussian))
            CheckAgainstDifferences(CoreProblem.Settings(CoreProblem.Architecture(posterior: posterior, sharing: sharing, activation: Activation.Tanh), form: form));
    }

    [TestMethod]
    [DynamicData(nameof(NoisesByPath))]
    public void Every_kernel_path_agrees_with_the_double_precision_gradient(WeightPosterior posterior, DropoutVarianceSharing sharing, GradientEstimator estimator, string path)
    {
        // Wider than a block in every dimension, with padding left over in every dimension.
        var architecture = CoreProblem.Architecture(inputs: 37, classes: 19, posterior, sharing, Activation.Softplus, hidden: [50, 33]);
        var settings = CoreProblem.Settings(architecture, estimator: estimator);
        var data = CoreProblem.Create(41, 37, 19);
        switch (Enum.Parse<KernelPath>(path))
        {
            case KernelPath.Scalar:
                CompareWithDouble<SingleLane>(settings, data);
                break;
            case KernelPath.Portable:
                CompareWithDouble<PortableLanes>(settings, data);
                break;
            case KernelPath.Avx2:
                CompareWithDouble<Avx2Lanes>(settings, data);
                break;
            case KernelPath.Avx512:
                CompareWithDouble<Avx512Lanes>(settings, data);
                break;
            default:
                Assert.Fail($"No comparison for the path {path}.");
                break;
        }
    }

    private static unsafe void CheckAgainstDifferences(LayerSettings settings)
    {
        var architecture = settings.Architecture;
        var data = CoreProblem.CreateFor(architecture, 9);
        var targets = architecture.Likelihood is Likelihood.Gaussian or Likelihood.HeteroscedasticGaussian ? CoreProblem.Statistics(data).Targets : null;
        using var team = new WorkerTeam(1);
        var pass = CoreProblem.Pass<DoubleLane, double>(architecture, data.RowCount, team, settings, targets);
        var recorder = new GradientRecorder<double>();
        for (int t = 0; t < architecture.LabelCount && architecture.Likelihood == Likelihood.Gaussian; t++)
            pass.LogNoiseVariances.Values.Pointer[t] = 0.3 - (0.2 * t);
        Loss(pass, data, recorder);

        foreach (var layer in pass.Layers)
        {
            CheckParameter("weight", layer.Weights, from i in Enumerable.Range(0, layer.Inputs) from j in Enumerable.Range(0, layer.Outputs) select layer.BlockedIndex(i, j));
            CheckParameter("bias", layer.Biases, Enumerable.Range(0, layer.Outputs).Select(j => (nint)j));
            if (architecture.Posterior.IsLearned())
                CheckParameter("log variance", layer.LogVariances, Enumerable.Range(0, layer.LogVarianceCount).Select(layer.LogVarianceIndex));
            else
                Assert.IsFalse(recorder.Has(layer.LogVariances), "Nothing may change a rate that is given.");
        }

        if (architecture.Likelihood == Likelihood.Gaussian)
            CheckParameter("log noise variance", pass.LogNoiseVariances, Enumerable.Range(0, architecture.LabelCount).Select(t => (nint)t));

        void CheckParameter(string name, Parameter<double> parameter, IEnumerable<nint> indices)
        {
            double[] gradient = recorder.Of(parameter);
            double largest = gradient.Max(Math.Abs);
            Assert.IsGreaterThan(0, largest, $"The gradient of the {name}s is zero.");
            foreach (nint index in indices)
            {
                ref double value = ref parameter.Values.Pointer[index];
                double start = value;
                double step = 1e-5 * Math.Max(0.1, Math.Abs(start));
                value = start + step;
                double above = Loss(pass, data, null);
                value = start - step;
                double below = Loss(pass, data, null);
                value = start;
                double expected = (above - below) / (2 * step);
                Assert.AreEqual(expected, gradient[index], 1e-5 * (Math.Abs(expected) + (1e-2 * largest)), $"{name} {index} of {settings}");
            }
        }
    }

    private static double Loss(TrainingPass<DoubleLane, double> pass, TrainingSet data, GradientConsumer<double>? consumer)
    {
        var objective = new Objective(data.RowCount, KullbackLeiblerWeight);
        double logLikelihood = pass.Run(data, CoreProblem.AllRows(data), scaling: null, objective, seed: 11, step: 4, consumer);
        return (-logLikelihood + (KullbackLeiblerWeight * pass.KullbackLeibler())) / data.RowCount;
    }

    private static void CompareWithDouble<TLanes>(LayerSettings settings, TrainingSet data)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        using var team = new WorkerTeam(2);
        var objective = new Objective(data.RowCount, KullbackLeiblerWeight);
        var reference = CoreProblem.Pass<DoubleLane, double>(settings.Architecture, data.RowCount, team, settings);
        var referenceGradients = new GradientRecorder<double>();
        double expected = reference.Run(data, CoreProblem.AllRows(data), null, objective, 11, 4, referenceGradients);

        var pass = CoreProblem.Pass<TLanes, float>(settings.Architecture, data.RowCount, team, settings);
        var gradients = new GradientRecorder<float>();
        double actual = pass.Run(data, CoreProblem.AllRows(data), null, objective, 11, 4, gradients);
        Assert.AreEqual(expected, actual, 1e-5 * Math.Abs(expected));

        for (int l = 0; l < pass.Layers.Count; l++)
        {
            Compare($"weights of layer {l}", referenceGradients.Of(reference.Layers[l].Weights), gradients.Of(pass.Layers[l].Weights));
            Compare($"biases of layer {l}", referenceGradients.Of(reference.Layers[l].Biases), gradients.Of(pass.Layers[l].Biases));
            if (settings.Architecture.Posterior.IsLearned())
                Compare($"log variances of layer {l}", referenceGradients.Of(reference.Layers[l].LogVariances), gradients.Of(pass.Layers[l].LogVariances));
        }
    }

    private static void Compare(string name, double[] expected, float[] actual)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            difference += Math.Pow(expected[i] - actual[i], 2);
            size += expected[i] * expected[i];
        }

        Assert.IsGreaterThan(0, size, name);
        Assert.IsLessThan(2e-5, Math.Sqrt(difference / size), name);
    }
}
