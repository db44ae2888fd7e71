using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

/// <summary>A batch of rows through this library's predictor, which shares the work with other threads where it is worth it.</summary>
internal sealed class OurPrediction
{
    private readonly NetworkPredictor _predictor;
    private readonly FeatureBlock _features;
    private readonly Predictions _predictions;
    private readonly int _rows;

    public OurPrediction(PredictionProblem problem, int rows, int threads)
    {
        _rows = rows;
        _predictor = new NetworkPredictor(problem.Network, sharesWork: threads > 1);
        _features = new FeatureBlock(problem.Shape[0], isSparse: false, rows);
        _predictions = new Predictions(problem.Network.Architecture, rows, withUncertainty: false);
        for (int row = 0; row < rows; row++)
            _features.Set(row, problem.Features(row));
    }

    /// <summary>Of the last run, [rows × scores].</summary>
    public float[] Scores => _predictions.Scores;

    public void Run() => _predictor.PredictMean(_features, _rows, _predictions);
}
