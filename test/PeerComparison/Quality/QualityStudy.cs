using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Quality;

/// <summary>
/// Time to quality on a table of real data: who earns more than 50,000 (UCI Adult). All trainers get the same features (numbers as they are,
/// texts one-hot) from the same cache, and their own defaults where nothing else is said.
/// </summary>
internal static class QualityStudy
{
    /// <summary>What <c>--filter</c> looks at.</summary>
    public const string Name = "quality/adult";

    /// <summary>What is read of the data folder.</summary>
    public const string File = "adult.txt.gz";

    private const double TestShare = 0.25;
    private const int Repetitions = 3;

    private static readonly string[] Columns =
        ["age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "ethnicity", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country"];

    private static readonly string[] Texts = ["workclass", "education", "marital-status", "occupation", "relationship", "ethnicity", "sex", "native-country"];

    public static IReadOnlyList<QualityPoint> Run(string folder, int threads)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var compressed = new GZipStream(System.IO.File.OpenRead(Path.Combine(folder, File)), CompressionMode.Decompress))
            using (FileStream plain = System.IO.File.Create(path))
                compressed.CopyTo(plain);
            var context = new MLContext(seed: 1);
            var (training, test) = Load(context, path);
            return Measure(context, training, test, threads);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    private static (IDataView Training, IDataView Test) Load(MLContext context, string path)
    {
        TextLoader.Column[] columns =
            [.. Columns.Select((name, i) => new TextLoader.Column(name, Texts.Contains(name) ? DataKind.String : DataKind.Single, i)), new("Label", DataKind.Boolean, Columns.Length)];
        IDataView data = context.Data.LoadFromTextFile(path, columns, separatorChar: ',', hasHeader: true, trimWhitespace: true);
        DataOperationsCatalog.TrainTestData parts = context.Data.TrainTestSplit(data, TestShare, seed: 1);
        var features = context.Transforms.Categorical.OneHotEncoding([.. Texts.Select(name => new InputOutputColumnPair(name))])
            .Append(context.Transforms.Concatenate("Features", Columns))
            .Append(context.Transforms.SelectColumns("Features", "Label"))
            .Fit(parts.TrainSet);
        return (InMemory(parts.TrainSet), InMemory(parts.TestSet));

        IDataView InMemory(IDataView rows)
        {
            IDataView cached = context.Data.Cache(features.Transform(rows), "Features", "Label");
            using DataViewRowCursor cursor = cached.GetRowCursor(cached.Schema);
            while (cursor.MoveNext())
            {
                // Reading fills the cache.
            }

            return cached;
        }
    }

    private static List<QualityPoint> Measure(MLContext context, IDataView training, IDataView test, int threads)
    {
        var trainings = new List<(string Trainer, string Setting, Func<ITransformer> Fit)>();
        foreach (int iterations in new[] { 1, 2, 4, 8, 16 })
        {
            trainings.Add(("ours, one hidden layer of 64", $"{iterations} iterations", () => context.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options
            {
                HiddenLayerSizes = [64],
                Activation = Activation.Relu,
                Posterior = WeightPosterior.CorrelatedWeightNoise,
                BatchSize = 128,
                LearningRate = 1e-3,
                InitialInputDropoutRate = 0.05,
                InitialHiddenDropoutRate = 0.2,
                NumberOfIterations = iterations,
                NumberOfThreads = threads,
            }).Fit(training)));
        }

        foreach (int trees in new[] { 10, 25, 50, 100, 200 })
        {
            trainings.Add(("LightGBM", $"{trees} trees", () => context.BinaryClassification.Trainers.LightGbm(
                new LightGbmBinaryTrainer.Options { NumberOfIterations = trees, NumberOfThreads = threads }).Fit(training)));
            trainings.Add(("FastTree", $"{trees} trees", () => context.BinaryClassification.Trainers.FastTree(
                new FastTreeBinaryTrainer.Options { NumberOfTrees = trees, NumberOfThreads = threads }).Fit(training)));
        }

        // In turns, after one that compiles.
        double[][] seconds = [.. trainings.Select(_ => new double[Repetitions])];
        var models = new ITransformer[trainings.Count];
        for (int repetition = -1; repetition < Repetitions; repetition++)
        {
            for (int n = 0; n < trainings.Count; n++)
            {
                long start = Stopwatch.GetTimestamp();
                models[n] = trainings[n].Fit();
                if (repetition >= 0)
                    seconds[n][repetition] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        return [.. trainings.Select((point, n) =>
        {
            CalibratedBinaryClassificationMetrics metrics = context.BinaryClassification.Evaluate(models[n].Transform(test));
            return new QualityPoint(point.Trainer, point.Setting, Quartiles.Of(seconds[n]), metrics.AreaUnderRocCurve, metrics.LogLoss);
        }).OrderBy(point => point.Trainer).ThenBy(point => point.Seconds.Median)];
    }
}
