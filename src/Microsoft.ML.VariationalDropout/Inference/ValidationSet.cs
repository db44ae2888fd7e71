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
        int size = network.Architecture.OutputSize;
        for (int i = 0; i < count; i++)
            scratch.Features.Set(i, data, RowAt(first + i));
        scratch.Predictor.ComputeOutputs(scratch.Features, count, scratch.Outputs);
        for (int i = 0; i < count; i++)
        {
            int row = RowAt(first + i);
            double weight = data.Weight(row);
            double logLikelihood = scratch.Likelihood.LogLikelihood(scratch.Outputs.AsSpan(i * size, size), data.Labels(row));
            weights[block] += weight;
            losses[block] -= weight * Math.Max(scratch.Smallest, logLikelihood);
        }
    }

    private int RowAt(int index) => rows is null ? index : rows[index];

    private sealed class Scratch
    {
        public Scratch(TrainedNetwork network, KernelPath path)
        {
            var architecture = network.Architecture;
            Predictor = new NetworkPredictor(network, path);
            Features = new FeatureBlock(architecture.InputSize, architecture.HasSparseInputs, BlockRows);
            Outputs = new double[BlockRows * architecture.OutputSize];
            Likelihood = OutputLikelihood.Create(architecture, network.Targets);
            Likelihood.SetLogNoiseVariances([.. network.LogNoiseVariances.Select(value => (double)value)]);
            Smallest = architecture.Likelihood is Network.Likelihood.Categorical or Network.Likelihood.Bernoulli ? Math.Log(SmallestProbability) : double.NegativeInfinity;
        }

        public NetworkPredictor Predictor { get; }

        public FeatureBlock Features { get; }

        public double[] Outputs { get; }

        public OutputLikelihood Likelihood { get; }

        public double Smallest { get; }
    }
}
