using System.Diagnostics;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;

/// <summary>A trainer of ML.NET.</summary>
/// <param name="name">Its name.</param>
internal sealed class Peer(string name) : IContestant
{
    /// <summary>The tree trainers let one training at a time into a process: the wait is none of their time.</summary>
    private static readonly Lock OneAtATime = new();

    public IReadOnlyList<string> Columns { get; } = [name];

    public Func<MLContext, IEstimator<ITransformer>>? Regression { get; init; }

    public Func<MLContext, IEstimator<ITransformer>>? TwoClasses { get; init; }

    public Func<MLContext, IEstimator<ITransformer>>? ManyClasses { get; init; }

    /// <summary>Whether it gets features that were scaled before: linear trainers need it.</summary>
    public bool WantsScaledFeatures { get; init; }

    public bool Takes(DataSplit split, int? hiddenUnits) => Trainer(split.Classes) is not null;

    public IReadOnlyList<Figures> Measure(DataSplit split, int? hiddenUnits, int seed)
    {
        var context = new MLContext(seed);
        IDataView train = Example.Load(context, split.Train, split.Classes), test = Example.Load(context, split.Test, split.Classes);
        (ITransformer model, double seconds) = Fit(context, split.Classes, train);
        Figures figures = split.Classes == 0
            ? RegressionFigures.OfNumbers(context, model, train, test)
            : ClassificationFigures.Of(model.Transform(test), split);
        return [figures.With(Metric.Seconds, seconds)];
    }

    private Func<MLContext, IEstimator<ITransformer>>? Trainer(int classes) => classes switch { 0 => Regression, 2 => TwoClasses, _ => ManyClasses };

    private (ITransformer Model, double Seconds) Fit(MLContext context, int classes, IDataView train)
    {
        IEstimator<ITransformer> trainer = Trainer(classes)!(context);
        if (WantsScaledFeatures)
            return Timed(() => context.Transforms.NormalizeMeanVariance(nameof(Example.Features)).AppendCacheCheckpoint(context).Append(trainer).Fit(train));
        lock (OneAtATime)
            return Timed(() => trainer.Fit(train));
    }

    private static (ITransformer Model, double Seconds) Timed(Func<ITransformer> fit)
    {
        long start = Stopwatch.GetTimestamp();
        ITransformer model = fit();
        return (model, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
