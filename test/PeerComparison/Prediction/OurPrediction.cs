using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

/// <summary>A batch of rows through this library's predictor, cut into equal parts where there are several threads.</summary>
internal sealed class OurPrediction : IDisposable
{
    private readonly WorkerTeam _team;
    private readonly NetworkPredictor[] _predictors;
    private readonly FeatureBlock[] _features;
    private readonly Predictions[] _predictions;
    private readonly int[] _rows;
    private readonly Action<int, int> _task;

    public OurPrediction(PredictionProblem problem, int rows, int threads)
    {
        int parts = Math.Min(threads, rows);
        _team = new WorkerTeam(parts);
        _rows = [.. Enumerable.Range(0, parts).Select(part => (rows * (part + 1) / parts) - (rows * part / parts))];
        _predictors = [.. _rows.Select(_ => new NetworkPredictor(problem.Network))];
        _features = [.. _rows.Select(count => new FeatureBlock(problem.Shape[0], isSparse: false, count))];
        _predictions = [.. _rows.Select(count => new Predictions(problem.Network.Architecture, count, withUncertainty: false))];
        for (int part = 0, row = 0; part < parts; part++)
        {
            for (int i = 0; i < _rows[part]; i++, row++)
                _features[part].Set(i, problem.Features(row));
        }

        _task = (_, part) => _predictors[part].PredictMean(_features[part], _rows[part], _predictions[part]);
    }

    /// <summary>Of the last run, [rows × scores].</summary>
    public float[] Scores => [.. _predictions.SelectMany(part => part.Scores)];

    public void Run() => _team.Run(_task, _rows.Length);

    public void Dispose() => _team.Dispose();
}
