using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>How a network is trained. Values are taken as they are: the trainer has validated them.</summary>
internal sealed record TrainingSettings
{
    public required NetworkArchitecture Architecture { get; init; }

    /// <summary>Passes over the training set, 1 or more.</summary>
    public int NumberOfIterations { get; init; } = 50;

    /// <summary>M, rows of a minibatch, 1 or more.</summary>
    public int BatchSize { get; init; } = 128;

    public bool Shuffle { get; init; } = true;

    public double LearningRate { get; init; } = 1e-3;

    public LearningRateSchedule LearningRateSchedule { get; init; } = LearningRateSchedule.LinearDecay;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ: a step takes the share η λ off the weights' means, η the learning rate; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Keep the exponential average of the parameters (decay <see cref="Beta2"/>, bias-corrected) and predict with it.</summary>
    public bool ParameterAveraging { get; init; }

    public GradientEstimator Estimator { get; init; } = GradientEstimator.LocalReparameterization;

    public WeightPrior Prior { get; init; } = WeightPrior.LogUniform;

    /// <summary>τ² of the Gaussian prior; null for empirical Bayes.</summary>
    public double? PriorVariance { get; init; }

    public KullbackLeiblerForm KullbackLeiblerForm { get; init; } = KullbackLeiblerForm.Exact;

    /// <summary>Weight of the KL once warm; 1 is the evidence lower bound.</summary>
    public double KullbackLeiblerScale { get; init; } = 1;

    /// <summary>Iterations over which the KL weight rises linearly from 0; 0 starts at the full weight.</summary>
    public int KullbackLeiblerWarmUpIterations { get; init; }

    /// <summary>Of those, iterations at weight 0 before the rise begins.</summary>
    public int KullbackLeiblerWarmUpStart { get; init; }

    /// <summary>Start of α / (1 + α) for the noise on the features, in (0, 1); where rates are given, their value.</summary>
    public double InitialInputDropoutRate { get; init; } = 0.2;

    /// <summary>Start of α / (1 + α) for the noise on hidden units, in (0, 1); where rates are given, their value.</summary>
    public double InitialHiddenDropoutRate { get; init; } = 0.5;

    /// <summary>Lower bound of α, above 0.</summary>
    public double MinimumDropoutVariance { get; init; } = 1e-4;

    /// <summary>Upper bound of α; 1 in the paper.</summary>
    public double MaximumDropoutVariance { get; init; } = 1;

    /// <summary>β in [0, 1] of the weight e^βv of a row with log-variance v, over the minibatch's mean, in the gradient of the heteroscedastic likelihood; 0 is the likelihood itself.</summary>
    public double HeteroscedasticBeta { get; init; }

    public bool StandardizeFeatures { get; init; } = true;

    /// <summary>Whether features of sparse rows are all scaled by one number, so that their mean square is 1, where they are not standardised.</summary>
    public bool ScalesSparseFeaturesTogether { get; init; }

    /// <summary>Standard deviations beyond which standardised dense features are compressed; 0 for never.</summary>
    public double OutlierThreshold { get; init; } = 2;

    /// <summary>Which standardised dense features are cut into bins; null for none.</summary>
    public BinLimits? Bins { get; init; }

    /// <summary>Share of the rows kept aside when no validation set is given; 0 for none.</summary>
    public double ValidationSetFraction { get; init; }

    /// <summary>Weigh the rows so that every class weighs the same (<see cref="Data.ClassBalance"/>); of classes only.</summary>
    public bool BalanceClasses { get; init; }

    /// <summary>Iterations without a better validation metric after which training ends; 0 never stops early.</summary>
    public int EarlyStoppingPatience { get; init; }

    /// <summary>Worker threads, 1 or more; results do not depend on it.</summary>
    public int NumberOfThreads { get; init; } = 1;

    public uint Seed { get; init; } = 1;

    /// <summary>Inputs and outputs from which a layer's variances are multiplied as 16-bit integers.</summary>
    public int SmallestRoundedLayer { get; init; } = LayerSettings.DefaultSmallestRoundedLayer;

    public LayerSettings CreateLayerSettings() => new()
    {
        SmallestRoundedLayer = SmallestRoundedLayer,
        Architecture = Architecture,
        Estimator = Estimator,
        Divergence = new WeightDivergence(Prior, KullbackLeiblerForm, PriorVariance),
        HeteroscedasticBeta = HeteroscedasticBeta,
        IsAveraged = ParameterAveraging,
        DecaysWeights = WeightDecay > 0,
        LogDropoutVarianceBounds = Architecture.Posterior.IsLearned()
            ? (Math.Log(MinimumDropoutVariance), Math.Log(MaximumDropoutVariance))
            : (double.NegativeInfinity, double.PositiveInfinity),
    };
}
