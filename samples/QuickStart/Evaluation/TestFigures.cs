using Microsoft.ML;
using Microsoft.ML.Data;
using Samples;

namespace QuickStart.Evaluation;

/// <summary>How well a model does on the test rows, one way of predicting.</summary>
/// <param name="Error">Share of wrong answers.</param>
/// <param name="LogLoss">Mean −log p of the true digit, in nats.</param>
/// <param name="CalibrationError">See <see cref="Metrics.ExpectedCalibrationError"/>.</param>
/// <param name="Rows">The test rows with the answers.</param>
internal sealed record TestFigures(double Error, double LogLoss, double CalibrationError, IReadOnlyList<ScoredDigit> Rows)
{
    public static TestFigures Measure(MLContext mlContext, ITransformer model, IDataView test)
    {
        // Several passes read the predictions: keep them.
        IDataView scored = mlContext.Data.Cache(model.Transform(test));
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(scored);
        ScoredDigit[] rows = ScoredDigit.ReadAll(mlContext, scored);
        double calibrationError = Metrics.ExpectedCalibrationError([.. rows.Select(row => ((double)row.Confidence, row.IsCorrect))]);
        return new(1 - metrics.MicroAccuracy, metrics.LogLoss, calibrationError, rows);
    }
}
