using ModelComparison.Data;

namespace ModelComparison.Measurement;

/// <summary>A figure of a trained model on its test rows.</summary>
/// <param name="Name">The heading of its column.</param>
/// <param name="Format">How it is written.</param>
/// <param name="HigherIsBetter">Which way is up, where the search needs to know.</param>
internal sealed record Metric(string Name, string Format, bool HigherIsBetter = false)
{
    public static readonly Metric Accuracy = new("accuracy %", "F2");

    /// <summary>Area under the ROC curve; of several classes the mean over each against the others.</summary>
    public static readonly Metric AreaUnderCurve = new("AUC", "F4");

    /// <summary>Nats a row.</summary>
    public static readonly Metric LogLoss = new("log-loss", "F4");

    /// <summary>Mean squared error of the probabilities: of two classes 0 to 1, of several summed over them, 0 to 2.</summary>
    public static readonly Metric BrierScore = new("Brier score", "F4");

    /// <summary>Expected calibration error.</summary>
    public static readonly Metric CalibrationError = new("calibration error %", "F2");

    public static readonly Metric RootMeanSquaredError = new("RMSE", "G4");

    public static readonly Metric RSquared = new("R²", "F4");

    /// <summary>Nats a row, of a normal distribution in the label's unit.</summary>
    public static readonly Metric LogLikelihood = new("log-likelihood", "F4", HigherIsBetter: true);

    /// <summary>Share of the labels inside the central 90 % intervals.</summary>
    public static readonly Metric Coverage = new("coverage of 90 % intervals %", "F1");

    public static readonly Metric Width = new("width of 90 % intervals", "G4");

    /// <summary>The metric that the search goes by: a proper score, which a model can only better by saying what it believes.</summary>
    public static Metric Decisive(LearningTask task) => task == LearningTask.Regression ? LogLikelihood : LogLoss;

    public static IReadOnlyList<Metric> Of(LearningTask task) => task == LearningTask.Regression
        ? [RootMeanSquaredError, RSquared, LogLikelihood, Coverage, Width]
        : [Accuracy, AreaUnderCurve, LogLoss, BrierScore, CalibrationError];
}
