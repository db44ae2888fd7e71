using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests;

/// <summary>One of the library's tasks, so that a test can be written once for all of them. All read the rows of <see cref="TestData"/>.</summary>
internal abstract class TestTask
{
    public static readonly TestTask Binary = new BinaryTask();
    public static readonly TestTask Multiclass = new MulticlassTask();

    public static readonly TestTask Regression = new RegressionTask();
    public static readonly TestTask MultiTarget = new MultiTargetTask();

    public static IEnumerable<TestTask> All => [Binary, Multiclass, Regression, MultiTarget];

    public abstract string Name { get; }

    public abstract string LabelColumn { get; }

    public abstract string ScoreColumnKind { get; }

    /// <summary>The columns that scoring adds in every mode.</summary>
    public abstract string[] Columns { get; }

    /// <summary>The columns that sampling adds to them.</summary>
    public abstract string[] ColumnsOfSampling { get; }

    /// <summary>Slot names of the score columns that are vectors.</summary>
    public virtual string[] SlotNames => [];

    /// <summary>What the log calls the validation metric.</summary>
    public virtual string ValidationMetric => "log-loss";

    /// <summary>What the model calls itself.</summary>
    public abstract string Description { get; }

    /// <summary>Outputs of the network.</summary>
    public abstract int Outputs { get; }

    /// <summary>Rows for <c>[DynamicData]</c>: names, which test reports can show.</summary>
    public static IEnumerable<object[]> Names() => All.Select(task => new object[] { task.Name });

    /// <summary>The same with a mode each: whether to sample.</summary>
    public static IEnumerable<object[]> NamesAndModes() => All.SelectMany(task => new object[][] { [task.Name, false], [task.Name, true] });

    public static TestTask Of(string name) => All.Single(task => task.Name == name);

    /// <summary>A trainer that takes milliseconds.</summary>
    public abstract TaskTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null);

    /// <summary>A built-in trainer of the same task; null where ML.NET has none.</summary>
    public abstract IEstimator<ITransformer>? NativeTrainer(MLContext context);

    public abstract ITransformer WithSampling(ITransformer transformer, int samples, int seed);

    public abstract ITransformer WithPosteriorMean(ITransformer transformer);

    public abstract ITransformer WithMomentPropagation(ITransformer transformer);

    public abstract ITransformer Prune(ITransformer transformer, double logDropoutVarianceThreshold);

    public abstract ITransformer PruneByMagnitude(ITransformer transformer, double sparsity);

    public abstract IReadOnlyList<FeatureRelevance> FeatureRelevance(ITransformer transformer);

    public abstract double LogLikelihood(ITransformer transformer, IDataView data);

    /// <summary>The same of the posterior mean, computed from the columns that it gives.</summary>
    public abstract double LogLikelihoodOfColumns(MLContext context, IDataView scored);

    public abstract (PredictionMode Mode, int Samples, int Seed) Settings(ITransformer transformer);

    public abstract VariationalDropoutModelParameters Model(ITransformer transformer);

    /// <summary>Whether the task's evaluator finds that it was learned.</summary>
    public abstract bool IsLearned(MLContext context, IDataView scored);

    /// <summary>For each fold, whether it was learned; null where ML.NET has no cross-validation for the task.</summary>
    public abstract bool[]? CrossValidate(MLContext context, IDataView data, IEstimator<ITransformer> pipeline);

    /// <summary>Importances of A, B, C and D by both overloads, greater for a feature that matters more; null where ML.NET has none for the task.</summary>
    public abstract (double[] ByIndex, IReadOnlyDictionary<string, double> ByName)? FeatureImportance(MLContext context, ITransformer transformer, IDataView data);

    public ITransformer Fit(MLContext context, int rows = 120, Action<VariationalDropoutOptions>? change = null)
        => Trainer(context, change).Fit(TestData.Load(context, TestData.Rows(rows)));

    private protected static TaskTrainer Small<TOptions, TTransformer, TModel>(
        string labelColumn, Action<VariationalDropoutOptions>? change, Func<TOptions, VariationalDropoutTrainer<TTransformer, TModel>> create)
        where TOptions : VariationalDropoutOptions, new()
        where TTransformer : class, ISingleFeaturePredictionTransformer<TModel>
        where TModel : VariationalDropoutModelParameters
    {
        var options = new TOptions();
        TestData.MakeSmall(options);
        options.LabelColumnName = labelColumn;
        change?.Invoke(options);
        var trainer = create(options);
        return new TaskTrainer(
            trainer,
            (train, validation, previous) => previous is null
                ? validation is null ? trainer.Fit(train) : trainer.Fit(train, validation)
                : trainer.Fit(train, validation, (TModel)previous),
            trainer.Info);
    }

    private sealed class BinaryTask : TestTask<VariationalDropoutBinaryPredictionTransformer, VariationalDropoutBinaryModelParameters>
    {
        public override string Name => nameof(Binary);

        public override string LabelColumn => "IsRed";

        public override string ScoreColumnKind => "BinaryClassification";

        public override string[] Columns => ["PredictedLabel", "Score", "Probability"];

        public override string[] ColumnsOfSampling => ["ScoreStandardDeviation", "ScorePredictiveEntropy", "ScoreMutualInformation"];

        public override string Description => "binary classifier";

        public override int Outputs => 1;

        public override TaskTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null)
            => Small<VariationalDropoutBinaryTrainer.Options, VariationalDropoutBinaryPredictionTransformer, VariationalDropoutBinaryModelParameters>(
                LabelColumn, change, context.BinaryClassification.Trainers.VariationalDropout);

        public override IEstimator<ITransformer>? NativeTrainer(MLContext context)
            => context.BinaryClassification.Trainers.SdcaLogisticRegression(LabelColumn, maximumNumberOfIterations: 2);

        public override bool IsLearned(MLContext context, IDataView scored) => IsLearned(context.BinaryClassification.Evaluate(scored, LabelColumn));

        public override bool[] CrossValidate(MLContext context, IDataView data, IEstimator<ITransformer> pipeline)
            => [.. context.BinaryClassification.CrossValidate(data, pipeline, 3, LabelColumn).Select(fold => IsLearned(fold.Metrics))];

        public override (double[] ByIndex, IReadOnlyDictionary<string, double> ByName)? FeatureImportance(MLContext context, ITransformer transformer, IDataView data)
            => (context.BinaryClassification.PermutationFeatureImportance(Typed(transformer), data, LabelColumn).Select(metrics => -metrics.AreaUnderRocCurve.Mean).ToArray(),
                context.BinaryClassification.PermutationFeatureImportanceNonCalibrated(transformer, data, LabelColumn).ToDictionary(pair => pair.Key, pair => -pair.Value.AreaUnderRocCurve.Mean));

        public override double LogLikelihoodOfColumns(MLContext context, IDataView scored)
            => scored.GetColumn<bool>(LabelColumn).Zip(scored.GetColumn<float>("Score")).Average(row => -Math.Log(1 + Math.Exp(row.First ? -row.Second : row.Second)));

        private static bool IsLearned(CalibratedBinaryClassificationMetrics metrics) => metrics.AreaUnderRocCurve > 0.95 && metrics.LogLoss < 0.6;
    }

    private sealed class MulticlassTask : TestTask<VariationalDropoutMulticlassPredictionTransformer, VariationalDropoutMulticlassModelParameters>
    {
        public override string Name => nameof(Multiclass);

        public override string LabelColumn => "Label";

        public override string ScoreColumnKind => "MulticlassClassification";

        public override string[] Columns => ["PredictedLabel", "Score"];

        public override string[] ColumnsOfSampling => ["ScoreStandardDeviation", "ScorePredictiveEntropy", "ScoreMutualInformation"];

        public override string[] SlotNames => TestData.Classes;

        public override string Description => "classifier";

        public override int Outputs => 3;

        public override TaskTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null)
            => Small<VariationalDropoutMulticlassTrainer.Options, VariationalDropoutMulticlassPredictionTransformer, VariationalDropoutMulticlassModelParameters>(
                LabelColumn, change, context.MulticlassClassification.Trainers.VariationalDropout);

        public override IEstimator<ITransformer>? NativeTrainer(MLContext context) => context.MulticlassClassification.Trainers.SdcaMaximumEntropy(LabelColumn, maximumNumberOfIterations: 2);

        public override bool IsLearned(MLContext context, IDataView scored) => IsLearned(context.MulticlassClassification.Evaluate(scored, LabelColumn));

        public override bool[] CrossValidate(MLContext context, IDataView data, IEstimator<ITransformer> pipeline)
            => [.. context.MulticlassClassification.CrossValidate(data, pipeline, 3, LabelColumn).Select(fold => IsLearned(fold.Metrics))];

        public override (double[] ByIndex, IReadOnlyDictionary<string, double> ByName)? FeatureImportance(MLContext context, ITransformer transformer, IDataView data)
            => (context.MulticlassClassification.PermutationFeatureImportance(Typed(transformer), data, LabelColumn).Select(metrics => -metrics.MicroAccuracy.Mean).ToArray(),
                context.MulticlassClassification.PermutationFeatureImportance(transformer, data, LabelColumn).ToDictionary(pair => pair.Key, pair => -pair.Value.MicroAccuracy.Mean));

        public override double LogLikelihoodOfColumns(MLContext context, IDataView scored)
            => scored.GetColumn<uint>(LabelColumn).Zip(scored.GetColumn<float[]>("Score")).Average(row => Math.Log(row.Second[row.First - 1]));

        private static bool IsLearned(MulticlassClassificationMetrics metrics) => metrics.MicroAccuracy > 0.9 && metrics.LogLoss < 0.5;
    }

    private sealed class RegressionTask : TestTask<VariationalDropoutRegressionPredictionTransformer, VariationalDropoutRegressionModelParameters>
    {
        public override string Name => nameof(Regression);

        public override string LabelColumn => "Height";

        public override string ScoreColumnKind => "Regression";

        public override string[] Columns => ["Score", "ScoreAleatoricStandardDeviation"];

        public override string[] ColumnsOfSampling => ["ScoreStandardDeviation", "ScoreEpistemicStandardDeviation"];

        public override string ValidationMetric => "negative log-density (in the label's units)";

        public override string Description => "regressor";

        public override int Outputs => 2;

        public override TaskTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null)
            => Small<VariationalDropoutRegressionTrainer.Options, VariationalDropoutRegressionPredictionTransformer, VariationalDropoutRegressionModelParameters>(
                LabelColumn, change, context.Regression.Trainers.VariationalDropout);

        public override IEstimator<ITransformer>? NativeTrainer(MLContext context) => context.Regression.Trainers.Sdca(LabelColumn, maximumNumberOfIterations: 2);

        public override bool IsLearned(MLContext context, IDataView scored) => context.Regression.Evaluate(scored, LabelColumn).RSquared > 0.9;

        public override double LogLikelihoodOfColumns(MLContext context, IDataView scored)
            => scored.GetColumn<float>(LabelColumn).Zip(scored.GetColumn<float>("Score"), scored.GetColumn<float>("ScoreAleatoricStandardDeviation"))
                .Average(row => (-0.5 * Math.Log(2 * Math.PI)) - Math.Log(row.Third) - (0.5 * Math.Pow((row.First - row.Second) / row.Third, 2)));

        public override bool[]? CrossValidate(MLContext context, IDataView data, IEstimator<ITransformer> pipeline)
            => [.. context.Regression.CrossValidate(data, pipeline, 3, LabelColumn).Select(fold => fold.Metrics.RSquared > 0.8)];

        public override (double[] ByIndex, IReadOnlyDictionary<string, double> ByName)? FeatureImportance(MLContext context, ITransformer transformer, IDataView data)
            => (context.Regression.PermutationFeatureImportance(Typed(transformer), data, LabelColumn).Select(metrics => -metrics.RSquared.Mean).ToArray(),
                context.Regression.PermutationFeatureImportance(transformer, data, LabelColumn).ToDictionary(pair => pair.Key, pair => -pair.Value.RSquared.Mean));
    }

    private sealed class MultiTargetTask : TestTask<VariationalDropoutMultiTargetRegressionPredictionTransformer, VariationalDropoutMultiTargetRegressionModelParameters>
    {
        public override string Name => nameof(MultiTarget);

        public override string LabelColumn => "Sizes";

        public override string ScoreColumnKind => "MultiOutputRegression";

        public override string[] Columns => ["Score", "ScoreAleatoricStandardDeviation"];

        public override string[] ColumnsOfSampling => ["ScoreStandardDeviation", "ScoreEpistemicStandardDeviation"];

        public override string[] SlotNames => ["Height", "Width"];

        public override string ValidationMetric => "negative log-density (in the label's units)";

        public override string Description => "multi-target regressor";

        public override int Outputs => 4;

        public override TaskTrainer Trainer(MLContext context, Action<VariationalDropoutOptions>? change = null)
            => Small<VariationalDropoutMultiTargetRegressionTrainer.Options, VariationalDropoutMultiTargetRegressionPredictionTransformer, VariationalDropoutMultiTargetRegressionModelParameters>(
                LabelColumn, change, context.Regression.Trainers.VariationalDropoutMultiTarget);

        public override IEstimator<ITransformer>? NativeTrainer(MLContext context) => null;

        public override bool IsLearned(MLContext context, IDataView scored)
            => context.Regression.EvaluateMultiTarget(scored, LabelColumn).Targets.All(target => target.RSquared > 0.85);

        public override double LogLikelihoodOfColumns(MLContext context, IDataView scored)
            => context.Regression.EvaluateMultiTarget(scored, LabelColumn).Targets.Sum(target => target.LogLikelihood);

        public override bool[]? CrossValidate(MLContext context, IDataView data, IEstimator<ITransformer> pipeline) => null;

        public override (double[] ByIndex, IReadOnlyDictionary<string, double> ByName)? FeatureImportance(MLContext context, ITransformer transformer, IDataView data) => null;
    }
}

/// <summary>A trainer of any task.</summary>
internal sealed class TaskTrainer(
    IEstimator<ITransformer> estimator, Func<IDataView, IDataView?, VariationalDropoutModelParameters?, ITransformer> fit, TrainerInfo info)
{
    public IEstimator<ITransformer> Estimator => estimator;

    public TrainerInfo Info => info;

    public ITransformer Fit(IDataView train, IDataView? validation = null, VariationalDropoutModelParameters? previous = null) => fit(train, validation, previous);
}

internal abstract class TestTask<TTransformer, TModel> : TestTask
    where TTransformer : VariationalDropoutPredictionTransformer<TTransformer, TModel>
    where TModel : VariationalDropoutModelParameters
{
    public override ITransformer WithSampling(ITransformer transformer, int samples, int seed) => Typed(transformer).WithSampling(samples, seed);

    public override ITransformer WithPosteriorMean(ITransformer transformer) => Typed(transformer).WithPosteriorMean();

    public override ITransformer WithMomentPropagation(ITransformer transformer) => Typed(transformer).WithMomentPropagation();

    public override ITransformer Prune(ITransformer transformer, double logDropoutVarianceThreshold) => Typed(transformer).Prune(logDropoutVarianceThreshold);

    public override ITransformer PruneByMagnitude(ITransformer transformer, double sparsity) => Typed(transformer).PruneByMagnitude(sparsity);

    public override IReadOnlyList<FeatureRelevance> FeatureRelevance(ITransformer transformer) => Typed(transformer).GetFeatureRelevance();

    public override double LogLikelihood(ITransformer transformer, IDataView data) => Typed(transformer).GetLogLikelihood(data);

    public override (PredictionMode Mode, int Samples, int Seed) Settings(ITransformer transformer)
        => (Typed(transformer).Mode, Typed(transformer).NumberOfSamples, Typed(transformer).Seed);

    public override VariationalDropoutModelParameters Model(ITransformer transformer) => Typed(transformer).Model;

    protected static TTransformer Typed(ITransformer transformer) => (TTransformer)transformer;
}
