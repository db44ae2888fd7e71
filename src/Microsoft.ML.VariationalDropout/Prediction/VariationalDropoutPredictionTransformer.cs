using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the transformers of every task have in common. Immutable, and safe to use from many threads.</summary>
/// <remarks>
/// A row's scores depend on its features, the model, the mode, the number of samples and the seed alone: they are the same bits in
/// <see cref="PredictionTransformerBase{TModel}.Transform"/>, in a <see cref="PredictionEngine{TSrc, TDst}"/>, in any cursor, on any
/// thread, beside any other rows, and after saving and loading. A prediction engine itself is for one thread at a time: make one per
/// thread.
/// <para>
/// Rows are scored in blocks, each on several threads where it is enough work: large networks and many draws on all cores by ML.NET's own
/// division of rows, small ones and single rows of large ones on up to four threads that the whole process shares; whoever finds them busy scores alone.
/// </para>
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
    /// <summary>Multiply-adds of a row from which on cursors share the rows: far more than putting a row back in its place takes.</summary>
    private const double SplittingThreshold = 200_000;

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

    /// <summary>
    /// Makes a transformer over the same model that carries a mean and a variance through the network: uncertainty in one pass per row,
    /// with nothing drawn.
    /// </summary>
    /// <remarks>
    /// The columns are those of <see cref="WithSampling"/>. For one hidden layer with independent or Gaussian weight noise the results are
    /// those of very many draws; deeper networks, and noise on the inputs of layers, have covariances that are neglected: their epistemic
    /// figures come out too small as a rule (docs/uncertainty.md has the figures), good for ranking rows and less so for intervals.
    /// Source: Wang and Manning, "Fast dropout training", ICML 2013; Wu et al., "Deterministic variational inference for robust Bayesian
    /// neural networks", ICLR 2019.
    /// </remarks>
    /// <returns>The transformer; this one stays as it is.</returns>
    public TSelf WithMomentPropagation() => With(PredictionSettings.MomentPropagation);

    /// <summary>
    /// Makes a transformer over a smaller model: weights of which the noise drowns the signal are removed, then the units and the features
    /// that nothing passes through any more.
    /// </summary>
    /// <remarks>
    /// Made for the posterior <see cref="WeightPosterior.Gaussian"/> with the prior <see cref="WeightPrior.LogUniform"/> (or
    /// <see cref="WeightPrior.ArdEmpiricalBayes"/>), which give most weights of a large network a huge dropout variance (Molchanov, Ashukha
    /// and Vetrov, "Variational dropout sparsifies deep neural networks", ICML 2017). With correlated or independent noise it needs a
    /// <see cref="VariationalDropoutOptions.MaximumDropoutVariance"/> above e^<paramref name="logDropoutVarianceThreshold"/>. Rows keep all
    /// their features; those that were removed are not read. What is left is in
    /// <see cref="VariationalDropoutModelParameters.NumberOfSurvivingWeights"/> and <see cref="VariationalDropoutModelParameters.Compression"/>.
    /// A pruned model cannot be trained further; its figures of training (log-likelihood, divergence) remain those before pruning.
    /// Units that become constant go into the biases, without the noise of the weights that led to them, which makes the epistemic figures a
    /// little smaller. Of several targets or classes, those that no path leads to any more keep a constant score or logit.
    /// </remarks>
    /// <param name="logDropoutVarianceThreshold">
    /// Weights with log α of this or more go, α = σ² / θ² the dropout variance; any number but NaN. The default 3, a dropout rate of 0.95, is the published one.
    /// </param>
    /// <returns>The transformer, in the same mode; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="logDropoutVarianceThreshold"/> is NaN.</exception>
    /// <exception cref="InvalidOperationException">The posterior learns no variances.</exception>
    /// <exception cref="PruningException">No path from a feature to a score would be left (of several targets or classes, to none of them); it has the limit.</exception>
    public TSelf Prune(double logDropoutVarianceThreshold = Defaults.PruningThreshold)
    {
        TrainedNetwork pruned = NetworkPruner.PruneByDropoutVariance(Model.Network, logDropoutVarianceThreshold);
        if (pruned.CountWeights().Sum(layer => layer.Surviving) == Model.NumberOfSurvivingWeights)
        {
            using IChannel channel = Host.Start("Pruning");
            channel.Warning(
                "No weight has a log dropout variance of {0} or more, so that nothing was pruned. Train with the posterior Gaussian and the prior LogUniform, or with a MaximumDropoutVariance above its exponential; or choose a lower threshold.",
                logDropoutVarianceThreshold);
        }

        return Create(CreateModel(pruned), Settings);
    }

    /// <summary>
    /// Makes a transformer over a smaller model without the smallest weights: the baseline for <see cref="Prune"/>, for every posterior.
    /// </summary>
    /// <remarks>All layers are ranked together. Gale, Elsen and Hooker ("The state of sparsity in deep neural networks", 2019) found it hard to beat.</remarks>
    /// <param name="sparsity">The share of the weights to remove, in [0, 1), of those that the model was trained with.</param>
    /// <returns>The transformer, in the same mode; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sparsity"/> is outside of its range.</exception>
    /// <exception cref="PruningException">No path from a feature to a score would be left (of several targets or classes, to none of them); it has the limit.</exception>
    public TSelf PruneByMagnitude(double sparsity) => Create(CreateModel(NetworkPruner.PruneByMagnitude(Model.Network, sparsity)), Settings);

    /// <summary>How relevant each feature is to the network, by the noise of its first layer; the most relevant first.</summary>
    /// <remarks>
    /// It needs no data and no passes, unlike permutation feature importance, and answers another question: not how much worse predictions
    /// would be without the feature, but how firmly the data fixed the weights that read it.
    /// </remarks>
    /// <returns>One entry per slot of the feature column.</returns>
    /// <exception cref="InvalidOperationException">The posterior learns no variances, or all features share one; the message says what to choose.</exception>
    public IReadOnlyList<FeatureRelevance> GetFeatureRelevance()
    {
        double[] relevances = FeatureRelevances.Compute(Model.Network);
        string?[] names = SlotNames.Read(TrainSchema[FeatureColumnName], relevances.Length);
        return
        [
            .. relevances.Select((relevance, slot) => new FeatureRelevance(slot, names[slot], relevance))
                .OrderByDescending(feature => feature.Relevance).ThenBy(feature => feature.Slot),
        ];
    }

    /// <summary>
    /// The mean over rows of log p(label | features) under the predictive distribution of this transformer's mode, in nats per row; of a
    /// regression the logarithm of a density in the label's units, joint over several targets. The greater, the better.
    /// </summary>
    /// <remarks>
    /// With sampling the average over the draws is taken inside of the logarithm, log 1/n Σ p(label | features, w_s); with moment propagation the
    /// Gaussians that it gives are integrated over (a regression's noise by 20-node Gauss–Hermite quadrature; several classes from 256 fixed
    /// draws of the logits, which are rough and as a rule too low where a label is likely in a few draws alone). It measures accuracy and
    /// calibration at once and is what papers report as the test log-likelihood. Rows without a label or with missing features are skipped and
    /// counted in a warning.
    /// </remarks>
    /// <param name="data">Rows with the feature column and the label column.</param>
    /// <param name="labelColumnName">The label column; <see langword="null"/> for that of the training.</param>
    /// <returns>Nats per row.</returns>
    /// <exception cref="ArgumentException">A column is missing, or of another type or size than in training.</exception>
    /// <exception cref="InvalidOperationException">No row has features and a label, or the label's name is not known.</exception>
    public double GetLogLikelihood(IDataView data, string? labelColumnName = null)
    {
        Host.CheckValue(data, nameof(data));
        string label = labelColumnName ?? LabelColumnName ?? throw Host.Except("The name of the label column was not saved with the model: pass it.");
        if (data.Schema.GetColumnOrNull(label) is null)
            throw Host.ExceptSchemaMismatch(nameof(data), "label", label);
        if (data.Schema.GetColumnOrNull(FeatureColumnName) is null)
            throw Host.ExceptSchemaMismatch(nameof(data), "feature", FeatureColumnName);
        var mapped = new RoleMappedData(data, label, FeatureColumnName);
        using IChannel channel = Host.Start("Evaluating");
        NetworkArchitecture architecture = Model.Network.Architecture;
        TrainingSet rows = CreateReader(channel).ReadEvaluation(mapped, Model.FeatureCount, architecture.ScoreSize, architecture.HasSparseInputs);
        return PredictiveLikelihood.Mean(Model.Network, rows, Settings.Predict, Host.CheckAlive);
    }

    /// <summary>Makes what reads the task's rows.</summary>
    private protected abstract TrainingSetReader CreateReader(IChannel channel);

    /// <summary>Makes a model of the same task.</summary>
    private protected abstract TModel CreateModel(TrainedNetwork network);

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
        RowSplitting splitting = Model.Network.DenseWeights * (double)Settings.Passes < SplittingThreshold ? RowSplitting.WithSource : RowSplitting.Always;
        Scorer = new BlockScorer(Host, new EmptyDataView(Host, TrainSchema), BindableMapper.Bind(Host, schema), Model.RowSize, splitting);
    }
}
