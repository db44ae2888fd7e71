using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class NetworkInitializerTests
{
    [TestMethod]
    [DataRow(Activation.Relu, 2)]
    [DataRow(Activation.LeakyRelu, 2)]
    [DataRow(Activation.Silu, 2)]
    [DataRow(Activation.Tanh, 1)]
    [DataRow(Activation.Sigmoid, 1)]
    public void Weights_have_the_variance_that_suits_the_activation(Activation activation, double gain)
    {
        var architecture = CoreProblem.Architecture(inputs: 100, classes: 40, activation: activation, hidden: [120]);
        var layers = NetworkInitializer.Create(new TrainingSettings { Architecture = architecture, Seed = 3 });
        Check(layers[0].Weights, gain / 100);
        Check(layers[1].Weights, 1.0 / 120);

        static void Check(float[] weights, double expected)
            => Assert.AreEqual(expected, weights.Average(w => (double)w * w), 6 * expected * Math.Sqrt(2.0 / weights.Length));
    }
}
