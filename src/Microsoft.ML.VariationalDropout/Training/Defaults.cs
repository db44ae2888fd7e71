namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The default of every option, in one place.</summary>
internal static class Defaults
{
    public const Activation Activation = VariationalDropout.Activation.Gelu;
    public const WeightPosterior Posterior = WeightPosterior.Gaussian;
    public const WeightPosterior RegressionPosteriorOfSparseRows = WeightPosterior.CorrelatedWeightNoise;
    public const double InitialInputDropoutRate = 0.2;
    public const double InitialHiddenDropoutRate = 0.5;
    public const double MinimumDropoutVariance = 1e-4;
    public const double MaximumDropoutVariance = 1;
    public const KullbackLeiblerForm KullbackLeiblerForm = VariationalDropout.KullbackLeiblerForm.Exact;
    public const double KullbackLeiblerScale = 1;
    public const double RegressionKullbackLeiblerScale = 0.5;
    public const int KullbackLeiblerWarmUpStart = 0;
    public const bool Shuffle = true;
    public const double LearningRate = 3e-3;
    public const LearningRateSchedule LearningRateSchedule = VariationalDropout.LearningRateSchedule.LinearDecay;
    public const double Beta1 = 0.9;
    public const double Beta2 = 0.999;
    public const double Epsilon = 1e-8;
    public const double WeightDecay = 0;
    public const bool ParameterAveraging = false;
    public const double OutlierThreshold = 2;
    public const double ValidationSetFraction = 0;
    public const int EarlyStoppingPatience = 0;
    public const int Samples = 50;
    public const int SamplingSeed = 0;
    public const double PruningThreshold = 3;
    public const float Threshold = 0.5f;
    public const bool UnbalancedSets = false;
    public const bool HeteroscedasticNoise = true;
    public const double HeteroscedasticBeta = 0.25;

    public static int[] HiddenLayerSizes => [64, 64];
}
