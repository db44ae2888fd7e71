namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>A figure of a trained model on its test rows, or of its training.</summary>
/// <param name="Name">For tables and JSON.</param>
/// <param name="HigherIsBetter">Which way is up.</param>
/// <param name="Decimals">How it is written; null where its scale is the label's, or the clock's.</param>
internal sealed record Metric(string Name, bool HigherIsBetter = false, int? Decimals = null)
{
    /// <summary>Mean test log-likelihood in nats per row, of a density in the label's unit.</summary>
    public static readonly Metric LogLikelihood = new("test log-likelihood", HigherIsBetter: true, Decimals: 3);

    /// <summary>In the label's unit.</summary>
    public static readonly Metric RootMeanSquaredError = new("RMSE");

    /// <summary>In nats per row; probabilities are clipped at 1e-7.</summary>
    public static readonly Metric LogLoss = new("log-loss", Decimals: 4);

    /// <summary>Mean distance between how sure the most probable class is and how often it is right, over 15 equal bins.</summary>
    public static readonly Metric CalibrationError = new("calibration error", Decimals: 3);

    /// <summary>Share of the rows whose most probable class is another.</summary>
    public static readonly Metric Error = new("error", Decimals: 4);

    /// <summary>Area under the ROC curve; of two classes only.</summary>
    public static readonly Metric AreaUnderCurve = new("AUC", HigherIsBetter: true, Decimals: 4);

    /// <summary>Of <c>Fit</c>, on one thread.</summary>
    public static readonly Metric Seconds = new("seconds of training");
}
