using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;

namespace PaperExperiments.Uci;

/// <summary>One training on one split, and its test.</summary>
/// <param name="LogLikelihood">Mean test log-likelihood in nats per row, of a density in the label's unit.</param>
/// <param name="RootMeanSquaredError">Of the test rows, in the label's unit.</param>
/// <param name="TrainSeconds">Of the training, on one thread.</param>
internal sealed record UciRun(double LogLikelihood, double RootMeanSquaredError, double TrainSeconds)
{
    /// <summary>The library's defaults, whatever they are, are what is judged: nothing is set but what the benchmark prescribes, the seed and the thread.</summary>
    public static UciRun Measure(RegressionSet set, RegressionSplit split, int hiddenUnits, int seed, int samples, CancellationToken cancellation)
    {
        var mlContext = new MLContext(seed);
        IDataView train = Load(mlContext, set, split.Train), test = Load(mlContext, set, split.Test);
        var watch = Stopwatch.StartNew();
        VariationalDropoutRegressionPredictionTransformer model = mlContext.Regression.Trainers.VariationalDropout(new VariationalDropoutRegressionTrainer.Options
        {
            HiddenLayerSizes = [hiddenUnits],
            Seed = seed,
            NumberOfThreads = 1,
            CancellationToken = cancellation,
        }).Fit(train);
        double seconds = watch.Elapsed.TotalSeconds;

        VariationalDropoutRegressionPredictionTransformer sampling = model.WithSampling(samples, seed);
        cancellation.ThrowIfCancellationRequested();
        return new(sampling.GetLogLikelihood(test), mlContext.Regression.Evaluate(sampling.Transform(test)).RootMeanSquaredError, seconds);
    }

    private static IDataView Load(MLContext mlContext, RegressionSet set, IReadOnlyList<int> rows)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(RegressionRow));
        schema[nameof(RegressionRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, set.FeatureCount);
        return mlContext.Data.LoadFromEnumerable(rows.Select(row => set.Rows[row]), schema);
    }
}
