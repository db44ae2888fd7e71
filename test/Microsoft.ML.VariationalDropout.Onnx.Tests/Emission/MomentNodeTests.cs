using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

/// <summary>The moments of one unit, over all means and deviations, against double precision.</summary>
[TestClass]
public sealed class MomentNodeTests
{
    private static readonly double[] Deviations = [0, 1e-6, 1e-3, 0.02, 0.1, 0.3, 0.374, 0.376, 0.5, 0.749, 0.751, 1, 1.7, 3, 10, 100];

    private static readonly double[] Means = [.. Enumerable.Range(-60, 121).Select(n => n * 0.5 * (n % 3 == 0 ? 1 : 0.1))];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(Activation.Relu, 1e-6)]
    [DataRow(Activation.LeakyRelu, 1e-6)]
    [DataRow(Activation.Softplus, 1e-5)]
    [DataRow(Activation.Tanh, 1e-5)]
    [DataRow(Activation.Gelu, 2e-5)]
    [DataRow(Activation.Silu, 2e-5)]
    [DataRow(Activation.Sigmoid, 1e-5)]
    public void Mean_and_deviation_of_an_activation_are_those_of_double_precision(Activation activation, double tolerance)
    {
        const int Units = 11;
        (float[] means, float[] variances) = Grid();
        Dictionary<string, OnnxOutput> actual = Run(means, variances, Units, (moments, graph) =>
        {
            GraphMoments result = ActivationMomentNodes.Propagate(activation, moments, Units);
            var type = new VectorDataViewType(NumberDataViewType.Single, Units);
            return [graph.Output("Mean", type, result.Mean), graph.Output("Deviation", type, GraphValue.Sqrt(result.Variance))];
        });
        var mean = new Worst();
        var deviation = new Worst();
        for (int n = 0; n < means.Length; n++)
        {
            ActivationMoments.Propagate(activation, means[n], variances[n], out double expectedMean, out double expectedVariance);
            double scale = Math.Max(1, Math.Max(Math.Sqrt(variances[n]), Math.Abs(means[n])));
            mean.Add(actual["Mean"].Floats[n], expectedMean, scale, means[n], variances[n]);
            deviation.Add(actual["Deviation"].Floats[n], Math.Sqrt(expectedVariance), scale, means[n], variances[n]);
        }

        TestContext.WriteLine($"{activation} {mean}; {deviation}");
        Assert.IsLessThan(tolerance, mean.Difference, mean.ToString());
        Assert.IsLessThan(tolerance, deviation.Difference, deviation.ToString());
    }

    [TestMethod]
    public void A_logit_has_the_probability_and_the_entropy_of_double_precision()
    {
        (float[] means, float[] variances) = Grid(-400, -120, -55, -21, -16, -13, 14, 17.5, 33, 90, 300);
        Dictionary<string, OnnxOutput> actual = Run(means, variances, 1, (columns, graph) =>
        {
            var logit = new LogitMoments(new GraphMoments(graph.DropColumn(columns.Mean), graph.DropColumn(columns.Variance)));
            return
            [
                graph.Output("Probability", NumberDataViewType.Single, logit.Probability),
                graph.Output("Deviation", NumberDataViewType.Single, logit.Deviation),
                graph.Output("Entropy", NumberDataViewType.Single, logit.ExpectedEntropy),
                graph.Output("Log", NumberDataViewType.Single, logit.LogProbability),
                graph.Output("LogComplement", NumberDataViewType.Single, logit.LogComplement),
            ];
        });
        Worst probability = new(), deviation = new(), entropy = new(), logarithm = new();
        for (int n = 0; n < means.Length; n++)
        {
            OutputMoments.Bernoulli(means[n], variances[n], out double expected, out double expectedVariance, out double expectedEntropy);
            probability.Add(actual["Probability"].Floats[n], expected, 1, means[n], variances[n]);
            deviation.Add(actual["Deviation"].Floats[n], Math.Sqrt(expectedVariance), 1, means[n], variances[n]);
            entropy.Add(actual["Entropy"].Floats[n], expectedEntropy, 1, means[n], variances[n]);

            double log = OutputMoments.LogProbability(means[n], variances[n]), logComplement = OutputMoments.LogProbability(-means[n], variances[n]);
            logarithm.Add(actual["Log"].Floats[n], log, Math.Max(1, -log), means[n], variances[n]);
            logarithm.Add(actual["LogComplement"].Floats[n], logComplement, Math.Max(1, -logComplement), means[n], variances[n]);
        }

        TestContext.WriteLine($"probability {probability}; deviation {deviation}; entropy {entropy}; logarithm {logarithm}");
        foreach (Worst worst in new[] { probability, deviation, entropy, logarithm })
            Assert.IsLessThan(1e-5, worst.Difference, worst.ToString());
    }

    [TestMethod]
    public void A_noise_variance_has_the_mean_of_double_precision()
    {
        (float[] means, float[] variances) = Grid(-1e6, -300, -12, 6, 55, 1e6);
        Dictionary<string, OnnxOutput> actual = Run(means, variances, 1, (columns, graph) => [graph.Output("Variance", NumberDataViewType.Single, GaussianNodes.ExpectedNoiseVariance(columns.Mean, columns.Variance))]);
        var worst = new Worst();
        for (int n = 0; n < means.Length; n++)
        {
            double expected = OutputMoments.ExpectedNoiseVariance(means[n], variances[n], GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance);
            worst.Add(actual["Variance"].Floats[n], expected, expected, means[n], variances[n]);
        }

        TestContext.WriteLine(worst.ToString());
        Assert.IsLessThan(1e-5, worst.Difference, worst.ToString());
    }

    private static (float[] Means, float[] Variances) Grid(params double[] furtherMeans)
    {
        double[] means = [.. Means, .. furtherMeans];
        List<(double Mean, double Deviation)> pairs = [.. from mean in means from deviation in Deviations select (mean, deviation)];

        // Whole rows of eleven.
        while (pairs.Count % 11 != 0)
            pairs.Add((1, 1));
        return ([.. pairs.Select(pair => (float)pair.Mean)], [.. pairs.Select(pair => (float)(pair.Deviation * pair.Deviation))]);
    }

    private static Dictionary<string, OnnxOutput> Run(float[] means, float[] variances, int units, Func<GraphMoments, GraphBuilder, IEnumerable<NetworkOutput>> emit)
    {
        var context = new OnnxModelContext(OnnxModelContext.PipelineOpset);
        var type = new VectorDataViewType(NumberDataViewType.Single, units);
        var graph = new GraphBuilder(context);
        var moments = new GraphMoments(graph.Variable(context.AddInput(type, "Means")), graph.Variable(context.AddInput(type, "Variances")));
        foreach (NetworkOutput output in emit(moments, graph))
            context.AddOutput(output.Type, output.Variable, output.Column + ".output");
        long[] shape = [means.Length / units, units];
        return OnnxRun.Run(context.CreateModel().ToArray(), ("Means", means, shape), ("Variances", variances, shape)).ToDictionary(pair => pair.Key[..^".output".Length], pair => pair.Value);
    }

    private sealed class Worst
    {
        private string _where = "";

        public double Difference { get; private set; }

        public void Add(double actual, double expected, double scale, double mean, double variance)
        {
            double difference = Math.Abs(actual - expected) / scale;
            if (difference <= Difference)
                return;
            Difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            _where = string.Create(CultureInfo.InvariantCulture, $"{difference:E1} at m = {mean:R}, s = {Math.Sqrt(variance):R}: {actual:R} should be {expected:R}");
        }

        public override string ToString() => _where;
    }
}
