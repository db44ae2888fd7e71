using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;

/// <summary>This library's trainers: their defaults, or one thing changed. Predictions average over as many draws as is the default there.</summary>
/// <param name="name">What was changed.</param>
/// <param name="change">Changes it, given the number of training rows; null for the defaults.</param>
/// <param name="meanName">A second column for predictions with the posterior mean; null for none.</param>
internal sealed class OwnTrainer(string name, Action<VariationalDropoutOptions, int>? change = null, string? meanName = null) : IContestant
{
    public IReadOnlyList<string> Columns { get; } = meanName is null ? [name] : [name, meanName];

    /// <summary>Not where the change is what the default is already, or is of an option that the task lacks.</summary>
    public bool Takes(DataSplit split, int? hiddenUnits)
    {
        if (change is null)
            return true;
        VariationalDropoutOptions defaults = Defaults(split.Classes, hiddenUnits), changed = Defaults(split.Classes, hiddenUnits);
        change(changed, split.Train.Count);
        return Text(changed) != Text(defaults);
    }

    public IReadOnlyList<Figures> Measure(DataSplit split, int? hiddenUnits, int seed)
    {
        var context = new MLContext(seed);
        IDataView train = Example.Load(context, split.Train, split.Classes), test = Example.Load(context, split.Test, split.Classes);
        VariationalDropoutOptions options = Defaults(split.Classes, hiddenUnits);
        change?.Invoke(options, split.Train.Count);
        options.Seed = seed;
        options.NumberOfThreads = 1;

        long start = Stopwatch.GetTimestamp();
        switch (options)
        {
            case VariationalDropoutRegressionTrainer.Options regression:
                VariationalDropoutRegressionPredictionTransformer number = context.Regression.Trainers.VariationalDropout(regression).Fit(train);
                return Of(model => RegressionFigures.Of(context, model, test), number.WithSampling(), number.WithPosteriorMean());
            case VariationalDropoutBinaryTrainer.Options binary:
                VariationalDropoutBinaryPredictionTransformer two = context.BinaryClassification.Trainers.VariationalDropout(binary).Fit(train);
                return Of(model => ClassificationFigures.Of(model.Transform(test), split), two.WithSampling(), two.WithPosteriorMean());
            case VariationalDropoutMulticlassTrainer.Options multiclass:
                VariationalDropoutMulticlassPredictionTransformer many = context.MulticlassClassification.Trainers.VariationalDropout(multiclass).Fit(train);
                return Of(model => ClassificationFigures.Of(model.Transform(test), split), many.WithSampling(), many.WithPosteriorMean());
            default:
                throw new InvalidOperationException($"There is no trainer for {options.GetType()}.");
        }

        IReadOnlyList<Figures> Of<TModel>(Func<TModel, Figures> figures, params TModel[] models)
        {
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return [.. models.Take(Columns.Count).Select(figures).Select(found => found.With(Metric.Seconds, seconds))];
        }
    }

    private static VariationalDropoutOptions Defaults(int classes, int? hiddenUnits)
    {
        VariationalDropoutOptions options = classes switch
        {
            0 => new VariationalDropoutRegressionTrainer.Options(),
            2 => new VariationalDropoutBinaryTrainer.Options(),
            _ => new VariationalDropoutMulticlassTrainer.Options(),
        };
        if (hiddenUnits is int units)
            options.HiddenLayerSizes = [units];
        return options;
    }

    /// <summary>All that the options say, with the prior that a null comes to.</summary>
    private static string Text(VariationalDropoutOptions options)
    {
        options.Prior = options.ResolvedPrior;
        return JsonSerializer.Serialize<object>(options);
    }
}
