using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

[TestClass]
public sealed class WideNetworkTests
{
    public TestContext TestContext { get; set; } = null!;

    /// <summary>Sums over more units round more; the tolerances hold all the same.</summary>
    [TestMethod]
    [DataRow((int)Likelihood.Categorical, Activation.Relu)]
    [DataRow((int)Likelihood.Bernoulli, Activation.Silu)]
    [DataRow((int)Likelihood.HeteroscedasticGaussian, Activation.Gelu)]
    [DataRow((int)Likelihood.HeteroscedasticGaussian, Activation.Relu)]
    public void Wide_layers_keep_the_tolerances(int likelihood, Activation activation)
    {
        foreach (WeightPosterior posterior in new[] { WeightPosterior.Gaussian, WeightPosterior.CorrelatedWeightNoise })
        {
            TrainedNetwork network = RandomNetwork.Create((Likelihood)likelihood, posterior, activation, hidden: [300, 300]);
            foreach ((NetworkGraph graph, double tolerance) in new[] { (NetworkGraph.PosteriorMean, 1e-5), (NetworkGraph.FrozenSamples(64, 1), 1e-5), (NetworkGraph.Moments, 1e-4) })
            {
                using var emitted = new EmittedNetwork(network, graph);
                double largest = emitted.Check(RandomNetwork.Rows(33), tolerance);
                float[] many = RandomNetwork.Rows(200);
                var watch = Stopwatch.StartNew();
                emitted.Run(many);
                TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{posterior} {graph.Kind}: {largest:E1}, {watch.Elapsed.TotalMilliseconds:F1} ms for 200 rows, {emitted.Bytes.Length} bytes"));
            }
        }
    }
}
