using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;

namespace Pipeline.Steps;

/// <summary>What is set on rows that the model has not seen; of any trainer that gives a score.</summary>
/// <param name="Temperature">Divides the score, so that 80 % comes true four times of five.</param>
/// <param name="PredictionSets">
/// The answers that cannot be excluded: yes, no, or both. The answer is among them for 90 % of new rows, whatever the model is, as long as they are like the
/// calibration rows.
/// </param>
internal sealed record Calibration(TemperatureScalingTransformer Temperature, ConformalPredictionSetTransformer PredictionSets)
{
    /// <param name="mlContext">ML.NET.</param>
    /// <param name="scored">The calibration rows, scored.</param>
    public static Calibration Fit(MLContext mlContext, IDataView scored)
    {
        TemperatureScalingTransformer temperature = mlContext.BinaryClassification.Calibrators.Temperature().Fit(scored);
        return new(temperature, mlContext.BinaryClassification.ConformalPredictionSets().Fit(temperature.Transform(scored)));
    }

    /// <summary>
    /// The calibration error that perfect probabilities would have on as many rows: the labels are drawn, and in no bin is their mean the mean probability.
    /// </summary>
    /// <returns>E|mean of the labels − p| of a bin of n rows, sqrt(2 p (1 − p) / (π n)), averaged over the rows as the calibration error is.</returns>
    public static double ErrorByChance(ClassificationUncertaintyMetrics metrics)
        => metrics.CalibrationBins.Where(bin => bin.RowCount > 0).Sum(bin => Math.Sqrt(2 * bin.MeanProbability * (1 - bin.MeanProbability) * bin.RowCount / Math.PI)) / metrics.RowCount;

    /// <summary>Makes the scored rows' probabilities anew, and adds the sets.</summary>
    public IDataView Transform(IDataView scored) => PredictionSets.Transform(Temperature.Transform(scored));
}
