using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

/// <summary>The nodes of a network as a model of their own, in ONNX Runtime.</summary>
internal sealed class EmittedNetwork : IDisposable
{
    private readonly InferenceSession _session;
    private readonly TrainedNetwork _network;
    private readonly NetworkGraph _graph;

    public EmittedNetwork(TrainedNetwork network, NetworkGraph graph, int opset = OnnxModelContext.PipelineOpset)
    {
        _network = network;
        _graph = graph;
        Bytes = Write(network, graph, opset);
        _session = OnnxRun.Open(Bytes);
    }

    public byte[] Bytes { get; }

    /// <param name="network">The network.</param>
    /// <param name="graph">Its graph.</param>
    /// <param name="opset">Version of the operators.</param>
    /// <param name="columns">Score columns that become outputs; all when left out; with it, the forms are those of an export.</param>
    public static byte[] Write(TrainedNetwork network, NetworkGraph graph, int opset, string[]? columns = null)
    {
        var context = new OnnxModelContext(opset);
        string features = context.AddInput(new VectorDataViewType(NumberDataViewType.Single, network.FeatureCount), "Features");
        foreach (NetworkOutput output in NetworkEmitter.Emit(context, network, features, graph))
        {
            if (columns?.Contains(output.Column) != false)
                context.AddOutput(output.Type, output.Variable, output.Column + ".output");
        }

        if (columns is not null)
        {
            GraphPruner.Prune(context.Graph);
            EarlyForms.Apply(context.Graph, opset);
        }

        return context.CreateModel().ToArray();
    }

    /// <summary>The score columns of numbers, by what the library predicts.</summary>
    public static List<(string Column, float[] Values)> ExpectedColumns(TrainedNetwork network, Predictions expected, NetworkGraph graph)
    {
        bool isRegression = network.Targets is not null, isBinary = network.Architecture.Likelihood == Likelihood.Bernoulli;
        var columns = new List<(string Column, float[] Values)> { (DefaultColumnNames.Score, isBinary ? expected.Logits : expected.Scores) };
        if (isBinary)
            columns.Add((DefaultColumnNames.Probability, expected.Scores));
        if (isRegression)
            columns.Add((NetworkOutputs.AleatoricStandardDeviation, expected.AleatoricDeviations));
        if (graph.HasUncertainty)
        {
            columns.Add((NetworkOutputs.StandardDeviation, expected.StandardDeviations));
            if (isRegression)
            {
                columns.Add((NetworkOutputs.EpistemicStandardDeviation, expected.EpistemicDeviations));
            }
            else
            {
                columns.Add((NetworkOutputs.PredictiveEntropy, expected.PredictiveEntropies));
                columns.Add((NetworkOutputs.MutualInformation, expected.MutualInformations));
            }
        }

        return columns;
    }

    /// <param name="features">[rows × features].</param>
    /// <returns>The values of each score column.</returns>
    public Dictionary<string, OnnxOutput> Run(float[] features)
    {
        long rows = features.Length / _network.FeatureCount;
        return OnnxRun.Run(_session, ("Features", features, [rows, _network.FeatureCount])).ToDictionary(pair => pair.Key[..^".output".Length], pair => pair.Value);
    }

    /// <summary>Compares all columns with what the library predicts: |a − b| ≤ tolerance × max(1, |b|), regression in units of the standardised target.</summary>
    /// <returns>The largest difference, in units of max(1, |b|).</returns>
    public double Check(float[] features, double tolerance)
    {
        Predictions expected = RandomNetwork.Predict(_network, features, _graph);
        Dictionary<string, OnnxOutput> actual = Run(features);
        double[] scales = _network.Targets?.Scales ?? [1], means = _network.Targets?.Means ?? [0];
        bool isRegression = _network.Targets is not null;
        double largest = 0;
        List<(string Column, float[] Values)> columns = ExpectedColumns(_network, expected, _graph);
        foreach ((string column, float[] values) in columns)
        {
            float[] found = actual[column].Floats;
            Assert.HasCount(values.Length, found, column);
            for (int n = 0; n < values.Length; n++)
            {
                double scale = isRegression ? scales[n % scales.Length] : 1, shift = isRegression && column == DefaultColumnNames.Score ? means[n % means.Length] : 0;
                double a = (found[n] - shift) / scale, b = (values[n] - shift) / scale;
                if (double.IsNaN(b))
                {
                    Assert.IsTrue(double.IsNaN(a), Invariant($"{column}[{n}]: NaN became {a}"));
                    continue;
                }

                double difference = Math.Abs(a - b) / Math.Max(1, Math.Abs(b));
                Assert.IsTrue(difference <= tolerance, Invariant($"{column}[{n}]: {a:R} should be {b:R}, {difference:E1} of {tolerance:E1}"));
                largest = Math.Max(largest, difference);
            }
        }

        int labels = CheckLabels(expected, actual, tolerance);
        Assert.HasCount(columns.Count + labels, actual);
        return largest;
    }

    public void Dispose() => _session.Dispose();

    /// <summary>The predicted labels must be equal unless two of them are equally good.</summary>
    private int CheckLabels(Predictions expected, Dictionary<string, OnnxOutput> actual, double tolerance)
    {
        float[] scores = expected.Scores;
        switch (_network.Architecture.Likelihood)
        {
            case Likelihood.Bernoulli:
                bool[] labels = (bool[])actual[DefaultColumnNames.PredictedLabel].Values;
                for (int row = 0; row < labels.Length; row++)
                {
                    if (Math.Abs(scores[row] - _graph.Threshold) > tolerance)
                        Assert.AreEqual(scores[row] > _graph.Threshold, labels[row], Invariant($"row {row}"));
                }

                return 1;
            case Likelihood.Categorical:
                uint[] keys = (uint[])actual[DefaultColumnNames.PredictedLabel].Values;
                int classes = expected.Size;
                for (int row = 0; row < keys.Length; row++)
                {
                    ReadOnlySpan<float> p = scores.AsSpan(row * classes, classes);
                    if (float.IsNaN(p[0]))
                    {
                        Assert.AreEqual(0u, keys[row]);
                        continue;
                    }

                    float best = float.NegativeInfinity;
                    foreach (float probability in p)
                        best = Math.Max(best, probability);
                    Assert.IsTrue(p[(int)keys[row] - 1] >= best - tolerance, Invariant($"row {row}"));
                }

                return 1;
            default:
                return 0;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
