using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the transformers of every task have in common. Immutable, and safe to use from many threads.</summary>
/// <remarks>
/// A row's scores depend on its features, the model, the mode, the number of samples and the seed alone: they are the same bits in
/// <see cref="PredictionTransformerBase{TModel}.Transform"/>, in a <see cref="PredictionEngine{TSrc, TDst}"/>, in any cursor, on any
/// thread, beside any other rows, and after saving and loading. A prediction engine itself is for one thread at a time: make one per
/// thread.
/// <para>
/// Checksums cover all that this transformer saves: the model, the training schema, the column names and the settings; damage there is
/// refused before it is parsed. What ML.NET itself adds to the file has none: the headers of the entries, other transformers, and the
/// input schema of the whole (the entry <c>Schema</c>), which ML.NET may read for long if it is damaged.
/// </para>
/// </remarks>
/// <typeparam name="TSelf">The transformer itself: what the <c>With…()</c> methods return.</typeparam>
/// <typeparam name="TModel">The model that it scores with.</typeparam>
public abstract class VariationalDropoutPredictionTransformer<TSelf, TModel> : SingleFeaturePredictionTransformerBase<TModel>
    where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
    where TModel : VariationalDropoutModelParameters
{
    private readonly SavedComponent _component;

    private protected VariationalDropoutPredictionTransformer(
        IHostEnvironment env,
        SavedComponent component,
        TModel model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(Contracts.CheckRef(env, nameof(env)).Register(component.LoaderSignature), model, trainSchema, featureColumnName)
    {
        _component = component;
        LabelColumnName = labelColumnName;
        Settings = settings;
        CreateScorer();
    }

    private protected VariationalDropoutPredictionTransformer(IHostEnvironment env, SavedComponent component, ModelLoadContext ctx)
        : base(Contracts.CheckRef(env, nameof(env)).Register(component.LoaderSignature), TransformerFile.Verify(env, ctx, component))
    {
        _component = component;
        Settings = TransformerFile.Read(Host, ctx, component, out string? labelColumnName);
        LabelColumnName = labelColumnName;
        CreateScorer();
    }

    /// <summary>How predictions are made.</summary>
    public PredictionMode Mode => Settings.Mode;

    /// <summary>Draws per row when sampling; 0 otherwise.</summary>
    public int NumberOfSamples => Settings.NumberOfSamples;

    /// <summary>The seed of the draws when sampling; 0 otherwise.</summary>
    public int Seed => Settings.Seed;

    private protected string? LabelColumnName { get; }

    private protected PredictionSettings Settings { get; }

    /// <summary>
    /// Makes a transformer over the same model that predicts with the posterior means of the weights: one pass per row, and no column that
    /// tells what the model does not know.
    /// </summary>
    /// <returns>The transformer; this one stays as it is.</returns>
    public TSelf WithPosteriorMean() => With(PredictionSettings.PosteriorMean);

    /// <summary>
    /// Makes a transformer over the same model that averages over draws of the weights: more reliable predictions, and how sure they are,
    /// for as many passes per row.
    /// </summary>
    /// <remarks>The columns that this adds stand in the documentation of the task's trainer.</remarks>
    /// <param name="samples">Draws per row, in [1, 1000000]. The error of an average falls with the root of their number.</param>
    /// <param name="seed">The seed of the draws: the same seed, the same scores.</param>
    /// <returns>The transformer; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is outside of its range.</exception>
    public TSelf WithSampling(int samples = Defaults.Samples, int seed = Defaults.SamplingSeed) => With(PredictionSettings.Sampling(samples, seed));

    /// <summary>Makes a transformer of the same columns.</summary>
    private protected abstract TSelf Create(TModel model, PredictionSettings settings);

    private protected sealed override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(_component.CreateVersionInfo());
        ctx.SaveModel(Model, DirModel);
        TransformerFile.Write(ctx, _component, TransformerFile.SerializeTrainSchema(Host, TrainSchema), FeatureColumnName, LabelColumnName, Settings);
    }

    /// <summary>Changes the mode, and nothing else.</summary>
    private TSelf With(PredictionSettings mode) => Create(Model, mode with { Threshold = Settings.Threshold });

    private void CreateScorer()
    {
        var schema = new RoleMappedSchema(TrainSchema, LabelColumnName, FeatureColumnName);
        BindableMapper = new ScoreMapper(Model, Settings, schema.Label);
        Scorer = new BlockScorer(Host, new EmptyDataView(Host, TrainSchema), BindableMapper.Bind(Host, schema), Model.RowSize);
    }
}
