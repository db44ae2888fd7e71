using Microsoft.ML;
using Microsoft.ML.Data;
using ModelComparison.Data;

namespace ModelComparison.Contestants;

/// <summary>How contestants train.</summary>
/// <param name="Threads">Threads of one training.</param>
/// <param name="Iterations">Passes of our trainer over the rows; null for its default.</param>
internal sealed record TrainingSettings(int Threads, int? Iterations);

/// <summary>A fold with its features: what every contestant gets, and gets alike.</summary>
internal sealed class Round
{
    private readonly ITransformer _featurizer;

    /// <param name="data">The table.</param>
    /// <param name="fold">Rows to train and to test on.</param>
    /// <param name="seed">The fold's seed.</param>
    /// <param name="settings">How to train.</param>
    /// <param name="cancellation">Ctrl+C.</param>
    public Round(Dataset data, Fold fold, int seed, TrainingSettings settings, CancellationToken cancellation)
    {
        (Data, Fold, Seed, Settings, Cancellation) = (data, fold, seed, settings, cancellation);
        MLContext context = CreateContext();
        _featurizer = data.CreateFeaturization(context).Fit(data.Load(context, fold.Train));
        (Train, Test) = (Featurize(fold.Train), Featurize(fold.Test));
    }

    public Dataset Data { get; }

    public Fold Fold { get; }

    public int Seed { get; }

    public TrainingSettings Settings { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>Label and features, in memory.</summary>
    public IDataView Train { get; }

    /// <summary>Label and features, in memory.</summary>
    public IDataView Test { get; }

    /// <summary>One for each training, so that none depends on what was drawn before it.</summary>
    public MLContext CreateContext() => new(Seed);

    /// <summary>Rows of the fold with the features that were fitted to its training rows, in memory: nobody's seconds are those of featurization.</summary>
    public IDataView Featurize(IReadOnlyList<int> rows)
    {
        MLContext context = CreateContext();
        IDataView featurized = _featurizer.Transform(Data.Load(context, rows));
        IDataView cached = context.Data.Cache(context.Transforms.SelectColumns(Dataset.Label, Dataset.Features).Fit(featurized).Transform(featurized));
        DataViewSchema.Column column = cached.Schema[Dataset.Features];
        using DataViewRowCursor cursor = cached.GetRowCursor(cached.Schema);
        ValueGetter<VBuffer<float>> features = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> row = default;
        while (cursor.MoveNext())
            features(ref row);
        return cached;
    }
}
