using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Emission;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>Exported networks and pipelines with rows for them.</summary>
internal static class CheckerCases
{
    public const int Rows = 33;

    private const int Samples = 7;
    private const int Seed = 3;

    private static readonly Lazy<TrainedTask> SameNoise = new(TrainWithTheSameNoiseEverywhere);

    private static IEnumerable<(string Name, TrainedTask Task)> Trained =>
        [.. Enum.GetValues<OnnxTask>().Select(task => ($"{task}", Tasks.Get(task))), ("Regression with one noise", SameNoise.Value)];

    /// <summary>What <c>ExportNetworkToOnnx</c> writes for every task and likelihood.</summary>
    /// <param name="kind">Kind of graph.</param>
    /// <param name="opset">Version of the operators.</param>
    /// <param name="precision">Precision.</param>
    /// <param name="forOpenCV">Whether the outputs are those alone that OpenCV can make: <see cref="IsForOpenCV"/>.</param>
    public static IEnumerable<CheckerCase> Networks(OnnxGraphKind kind, int opset, OnnxPrecision precision, bool forOpenCV = false)
    {
        foreach ((string name, TrainedTask task) in Trained)
        {
            IDataView scored = Score(task, kind);
            string[] columns = [.. ScoreColumns(scored).Where(column => !forOpenCV || IsForOpenCV(column, task == SameNoise.Value))];
            using var stream = new MemoryStream();
            task.ExportNetwork(stream, Options(kind, opset, precision, columns));
            yield return new CheckerCase($"{name}, {kind}, {precision}, opset {opset}", stream.ToArray(), Read(scored, ["Features"]), Read(scored, columns), task.Targets);
        }
    }

    /// <summary>What <c>ExportToOnnx</c> writes for the pipeline of every task and likelihood.</summary>
    public static IEnumerable<CheckerCase> Pipelines(OnnxGraphKind kind, int opset)
    {
        foreach ((string name, TrainedTask task) in Trained)
        {
            IDataView scored = Score(task, kind), rows = RawRows();
            string[] columns = ScoreColumns(scored);
            var context = new MLContext(seed: 1);
            using var stream = new MemoryStream();
            context.Model.ExportToOnnx(task.Model, rows, stream, Options(kind, opset, OnnxPrecision.Float32, columns));
            byte[] model = stream.ToArray();
            string[] inputs = [.. ModelProto.Read(model).Graph.Inputs.Select(input => input.Name)];
            yield return new CheckerCase($"pipeline of {name}, {kind}, opset {opset}", model, Read(rows, inputs), Read(scored, columns), task.Targets);
        }
    }

    /// <summary>What <c>ExportToOnnx</c> writes for every featurizer of ML.NET that has an ONNX form.</summary>
    public static IEnumerable<CheckerCase> Featurizers()
    {
        foreach ((string name, Func<TransformsCatalog, IEstimator<ITransformer>> create) in FeaturizerExportTests.Featurizers)
        {
            var context = new MLContext(seed: 1);
            ITransformer model = create(context.Transforms).Fit(context.Data.LoadFromEnumerable(RawRow.Create(200, seed: 1)));
            IDataView rows = RawRows();
            using var stream = new MemoryStream();
            context.Model.ExportToOnnx(model, rows, stream, new OnnxExportOptions { OutputColumns = ["Out"], AllowApproximateTextHashing = true, Verify = false });
            byte[] bytes = stream.ToArray();
            string[] inputs = [.. ModelProto.Read(bytes).Graph.Inputs.Select(input => input.Name)];
            yield return new CheckerCase(name, bytes, Read(rows, inputs), Read(model.Transform(rows), ["Out"]), null);
        }
    }

    /// <summary>Networks of random weights of every likelihood with every activation.</summary>
    public static IEnumerable<CheckerCase> RandomNetworks(NetworkGraph graph, int opset, bool forOpenCV = false)
    {
        float[] features = RandomNetwork.Rows(Rows);
        var rows = new ColumnValues("Features", new VectorDataViewType(NumberDataViewType.Single, RandomNetwork.Features), features, [.. Enumerable.Repeat(RandomNetwork.Features, Rows)]);
        foreach (Likelihood likelihood in Enum.GetValues<Likelihood>())
        {
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                // With one of the activations features come in bins too.
                TrainedNetwork network = RandomNetwork.Create(likelihood, activation: activation, targets: 2, hasBins: activation == Activation.Silu);
                List<ColumnValues> expected =
                [
                    .. EmittedNetwork.ExpectedColumns(network, RandomNetwork.Predict(network, features, graph), graph)
                        .Where(column => !forOpenCV || IsForOpenCV(column.Column, likelihood == Likelihood.Gaussian)).Select(column => new ColumnValues(
                        column.Column, new VectorDataViewType(NumberDataViewType.Single, column.Values.Length / Rows), column.Values, [.. Enumerable.Repeat(column.Values.Length / Rows, Rows)])),
                ];
                byte[] model = EmittedNetwork.Write(network, graph, opset, [.. expected.Select(column => column.Name)]);
                yield return new CheckerCase($"{likelihood} with {activation}, {graph.Kind}, opset {opset}", model, [rows], expected, network.Targets);
            }
        }
    }

    public static NetworkGraph GraphOf(OnnxGraphKind kind) => kind switch
    {
        OnnxGraphKind.Moments => NetworkGraph.Moments,
        OnnxGraphKind.FrozenSamples => NetworkGraph.FrozenSamples(Samples, Seed),
        OnnxGraphKind.Sampling => NetworkGraph.Sampling(Samples),
        _ => NetworkGraph.PosteriorMean,
    };

    private static OnnxExportOptions Options(OnnxGraphKind kind, int opset, OnnxPrecision precision, string[] columns) => new()
    {
        GraphKind = kind,
        NumberOfSamples = kind is OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling ? Samples : null,
        Seed = kind == OnnxGraphKind.FrozenSamples ? Seed : null,
        Opset = opset,
        Precision = precision,
        OutputColumns = columns,
        Verify = false,
    };

    private static IDataView RawRows() => new MLContext(seed: 1).Data.LoadFromEnumerable(RawRow.Create(Rows, seed: 2, withUnseen: true));

    private static IDataView Score(TrainedTask task, OnnxGraphKind kind) => task.InMode(kind, Samples, Seed).Transform(RawRows());

    private static List<ColumnValues> Read(IDataView data, string[] columns) => ColumnValues.Read(data, columns, Rows);

    private static string[] ScoreColumns(IDataView scored) => [.. Tasks.ScoreColumns.Where(name => scored.Schema.GetColumnOrNull(name) is not null)];

    /// <summary>OpenCV has numbers of 32 bits alone, no labels, and no node that repeats a constant for every row.</summary>
    private static bool IsForOpenCV(string column, bool isNoiseTheSameEverywhere)
        => column != DefaultColumnNames.PredictedLabel && (column != NetworkOutputs.AleatoricStandardDeviation || !isNoiseTheSameEverywhere);

    private static TrainedTask TrainWithTheSameNoiseEverywhere()
    {
        var context = new MLContext(seed: 1);
        var trainer = context.Regression.Trainers.VariationalDropout(new VariationalDropoutRegressionTrainer.Options
        {
            LabelColumnName = "Target",
            HiddenLayerSizes = [12, 8],
            NumberOfIterations = 3,
            HeteroscedasticNoise = false,
        });
        return TrainedTask.Create(Tasks.Featurize(context).Append(trainer).Fit(context.Data.LoadFromEnumerable(RawRow.Create(300, seed: 1))));
    }
}
