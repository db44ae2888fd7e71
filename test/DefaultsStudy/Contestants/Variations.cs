namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;

/// <summary>The defaults, and those with one thing changed: what they were chosen among.</summary>
internal static class Variations
{
    /// <summary>Steps of the optimiser that are tried.</summary>
    private static readonly int[] Lengths = [2_500, 5_000, 10_000, 20_000, 40_000];

    public static IContestant Default(string name) => new OwnTrainer(name, meanName: $"{name}, posterior mean");

    public static IReadOnlyList<IContestant> OfOneThing { get; } =
    [
        Default("default"),
        Change("ReLU", o => o.Activation = Activation.Relu),
        Change("correlated noise, from 0.2 / 0.5", o => o.Posterior = WeightPosterior.CorrelatedWeightNoise),
        Change("correlated noise, from 0.02 / 0.05", o => (o.Posterior, o.InitialInputDropoutRate, o.InitialHiddenDropoutRate) = (WeightPosterior.CorrelatedWeightNoise, 0.02, 0.05)),
        Change("KL × 0.25", o => o.KullbackLeiblerScale = 0.25),
        Change("KL × 0.5", o => o.KullbackLeiblerScale = 0.5),
        Change("KL × 1", o => o.KullbackLeiblerScale = 1),
        Change("KL × 2", o => o.KullbackLeiblerScale = 2),
        WarmUp("no KL warm-up", 0),
        WarmUp("KL warm-up over a tenth", 0.1),
        WarmUp("KL warm-up over a quarter", 0.25),
        WarmUp("KL warm-up over half", 0.5),
        WarmUp("KL × 0.5, warm-up over a quarter", 0.25, 0.5),
        new OwnTrainer("early stopping", (options, rows) =>
        {
            options.ValidationSetFraction = 0.1;
            options.EarlyStoppingPatience = Math.Max(1, TrainingLength.Iterations(options, rows) / 10);
        }),
        Change("prior Gaussian", o => o.Prior = WeightPrior.Gaussian),
        Change("prior log-uniform", o => o.Prior = WeightPrior.LogUniform),
        Change("prior ARD", o => o.Prior = WeightPrior.ArdEmpiricalBayes),
        Change("rate 1e-3", o => o.LearningRate = 1e-3),
        Change("rate 1e-2", o => o.LearningRate = 1e-2),
        Change("64", o => o.HiddenLayerSizes = [64]),
        Change("64-64", o => o.HiddenLayerSizes = [64, 64]),
        Change("128-128", o => o.HiddenLayerSizes = [128, 128]),
        Change("64-64-64", o => o.HiddenLayerSizes = [64, 64, 64]),
        Change("outliers as they are", o => o.OutlierThreshold = 0),
        Change("no bins", o =>
        {
            if (o.HasBinsByDefault)
                o.MaximumBinCountPerFeature = 0;
        }),
        Change("8 bins", o => o.MaximumBinCountPerFeature = 8),
        Change("16 bins", o => o.MaximumBinCountPerFeature = 16),
        Change("32 bins", o => o.MaximumBinCountPerFeature = 32),
        Change("one noise", o =>
        {
            if (o is VariationalDropoutRegressionOptions regression)
                regression.HeteroscedasticNoise = false;
        }),
        .. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(beta => Change(FormattableString.Invariant($"β {beta}"), o =>
        {
            if (o is VariationalDropoutRegressionOptions regression)
                regression.HeteroscedasticBeta = beta;
        })),
    ];

    /// <summary>As many passes as make a number of steps, rounded up.</summary>
    public static IReadOnlyList<IContestant> OfLength { get; } =
    [
        .. Lengths.Select(steps => new OwnTrainer(FormattableString.Invariant($"{steps:N0} steps"), (options, rows) =>
        {
            int batch = TrainingLength.BatchSize(options, rows), stepsPerPass = (rows + batch - 1) / batch;
            options.NumberOfIterations = (steps + stepsPerPass - 1) / stepsPerPass;
        })),
    ];

    /// <param name="name">What is changed.</param>
    /// <param name="share">The share of the training over which the divergence comes in, linearly.</param>
    /// <param name="scale">Its weight in the end; null for the default.</param>
    private static OwnTrainer WarmUp(string name, double share, double? scale = null) => new(name, (options, rows) =>
    {
        options.KullbackLeiblerWarmUpIterations = (int)(share * TrainingLength.Iterations(options, rows));
        options.KullbackLeiblerScale = scale ?? options.KullbackLeiblerScale;
    });

    private static OwnTrainer Change(string name, Action<VariationalDropoutOptions> change) => new(name, (options, _) => change(options));
}
