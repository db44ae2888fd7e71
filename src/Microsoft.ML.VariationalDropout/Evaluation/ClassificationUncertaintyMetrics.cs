namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How far the probabilities of a classifier can be trusted: what its <c>EvaluateUncertainty</c> returns. All means are weighted where there are weights.</summary>
public sealed class ClassificationUncertaintyMetrics
{
    internal ClassificationUncertaintyMetrics(IReadOnlyList<CalibrationBin> calibrationBins, RejectionCurve rejectionCurve)
    {
        CalibrationBins = calibrationBins;
        RejectionCurve = rejectionCurve;
        double weight = calibrationBins.Sum(bin => bin.Weight);
        CalibrationBin[] filled = [.. calibrationBins.Where(bin => bin.RowCount > 0)];
        ExpectedCalibrationError = filled.Sum(bin => bin.Weight * Gap(bin)) / weight;
        MaximumCalibrationError = filled.Max(Gap);

        static double Gap(CalibrationBin bin) => Math.Abs(bin.MeanProbability - bin.ObservedFrequency);
    }

    /// <summary>The share of rows whose label is the most likely class, in [0, 1]; of two classes true where its probability is above one half.</summary>
    public double Accuracy { get; internal init; }

    /// <summary>
    /// The mean of −log p(label), in nats; 0 is best. A probability below 1e-15 counts as that, as in ML.NET's metrics, whose log-loss of two classes
    /// is in bits.
    /// </summary>
    public double NegativeLogLikelihood { get; internal init; }

    /// <summary>
    /// The mean squared error of the probabilities; 0 is best. Of two classes (p − y)², in [0, 1]; of several the sum over the classes, in
    /// [0, 2]. Brier, "Verification of forecasts expressed in terms of probability", 1950.
    /// </summary>
    public double BrierScore { get; internal init; }

    /// <summary>
    /// The mean over the rows of their bin's |mean probability − observed frequency|, in [0, 1]; 0 is best. Of two classes of the probability of true, of several of
    /// the greatest probability and whether it is right. It depends on the number of bins, and is above 0 for perfect probabilities
    /// because of the chance in the labels. Naeini, Cooper and Hauskrecht, AAAI 2015; Guo et al., ICML 2017.
    /// </summary>
    public double ExpectedCalibrationError { get; }

    /// <summary>The greatest |mean probability − observed frequency| of a bin that is not empty, in [0, 1].</summary>
    public double MaximumCalibrationError { get; }

    /// <summary>The bins, of equal width from 0 to 1: a reliability diagram.</summary>
    public IReadOnlyList<CalibrationBin> CalibrationBins { get; }

    /// <summary>The share of wrong answers against the share of rows that are answered, the most certain first.</summary>
    public RejectionCurve RejectionCurve { get; }

    /// <summary>The share of rows whose prediction set holds their label, in [0, 1]; NaN where the data have no prediction sets.</summary>
    public double PredictionSetCoverage { get; internal init; } = double.NaN;

    /// <summary>The mean number of classes in a prediction set; NaN where the data have none.</summary>
    public double MeanPredictionSetSize { get; internal init; } = double.NaN;

    /// <summary>Rows that were evaluated.</summary>
    public long RowCount { get; internal init; }

    /// <summary>Rows that were not: a label, probability, uncertainty or weight is missing or infinite, or a weight is not above 0.</summary>
    public long SkippedRowCount { get; internal init; }
}
