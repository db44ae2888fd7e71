using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Rows that training does not learn from, and the metric on them.</summary>
/// <param name="data">Where the rows are.</param>
/// <param name="path">Kernel path of the predictions.</param>
/// <param name="team">Workers; each gets a predictor of its own.</param>
/// <param name="rows">Indices of the rows; null for all of <paramref name="data"/>.</param>
internal sealed class ValidationSet(TrainingSet data, KernelPath path, WorkerTeam team, int[]? rows = null)
{
    /// <summary>Probabilities below this count as this, so that one surprise does not make the metric infinite.</summary>
    private const double SmallestProbability = 1e-15;

    private const int BlockRows = PredictionPass.Capacity;

    private int Count => rows?.Length ?? data.RowCount;

    /// <summary>Σ w_i (−log p(y_i)) / Σ w_i under the posterior mean, in nats.</summary>
    public double LogLoss(TrainedNetwork network)
    {
        int blocks = (Count + BlockRows - 1) / BlockRows;
        var losses = new double[blocks];
        var weights = new double[blocks];
        var workers = new Scratch?[team.Size];
        team.Run((worker, block) => LogLoss(workers[worker] ??= new Scratch(network, path), network, block, losses, weights), blocks);
        return losses.Sum() / weights.Sum();
    }

    private void LogLoss(Scratch scratch, TrainedNetwork network, int block, double[] losses, double[] weights)
    {
        int first = block * BlockRows, count = Math.Min(BlockRows, Count - first);
        int inputs = network.Architecture.InputSize, classes = network.Architecture.OutputSize;
        for (int i = 0; i < count; i++)
            data.Features(RowAt(first + i)).CopyTo(scratch.Features.AsSpan(i * inputs));
        scratch.Predictor.PredictMean(scratch.Features, count, scratch.Probabilities);
        for (int i = 0; i < count; i++)
        {
            int row = RowAt(first + i);
            double weight = data.Weight(row);
            weights[block] += weight;
            losses[block] -= weight * Math.Log(Math.Max(SmallestProbability, scratch.Probabilities[(i * classes) + (int)data.Label(row)]));
        }
    }

    private int RowAt(int index) => rows is null ? index : rows[index];

    private sealed class Scratch(TrainedNetwork network, KernelPath path)
    {
        public NetworkPredictor Predictor { get; } = new(network, path);

        public float[] Features { get; } = new float[BlockRows * network.Architecture.InputSize];

        public float[] Probabilities { get; } = new float[BlockRows * network.Architecture.OutputSize];
    }
}
