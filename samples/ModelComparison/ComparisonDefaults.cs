namespace ModelComparison;

/// <summary>What a call without options does.</summary>
internal static class ComparisonDefaults
{
    public const string OutputFolder = "model-comparison-output";

    public const int Folds = 5, Trials = 8, Seed = 1, Threads = 1, MadeRows = 4000;

    public const int QuickFolds = 2, QuickTrials = 2, QuickRows = 400, QuickIterations = 20;
}
