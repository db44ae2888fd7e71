using Microsoft.ML;
using Samples;

namespace QuickStart.Evaluation;

/// <summary>How well a model that was trained without a digit tells that digit, when it meets it, from those that it knows.</summary>
/// <param name="EntropyAuroc">Area under the ROC curve of the predictive entropy; null when the test rows lack seen or unseen digits.</param>
/// <param name="MutualInformationAuroc">The same of the mutual information.</param>
internal sealed record UnseenDigitFigures(double? EntropyAuroc, double? MutualInformationAuroc)
{
    /// <param name="mlContext">The environment.</param>
    /// <param name="samplingModel">A model that predicts by sampling.</param>
    /// <param name="test">Test rows with all digits.</param>
    public static UnseenDigitFigures Measure(MLContext mlContext, ITransformer samplingModel, IDataView test)
    {
        ScoredDigit[] rows = ScoredDigit.ReadAll(mlContext, samplingModel.Transform(test));
        return new(Auroc(rows, row => row.ScorePredictiveEntropy), Auroc(rows, row => row.ScoreMutualInformation));
    }

    private static double? Auroc(ScoredDigit[] rows, Func<ScoredDigit, float> uncertainty)
        => Metrics.AreaUnderRocCurve([.. rows.Where(row => !row.WasSeen).Select(uncertainty)], [.. rows.Where(row => row.WasSeen).Select(uncertainty)]);
}
