using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Rows that training does not learn from, and the metric on them.</summary>
/// <param name="data">Where the rows are.</param>
/// <param name="path">Kernel path of the predictions.</param>
/// <param name="team">Workers; each gets a predictor of its own.</param>
/// <param name="split">What keeps the rows aside; null for all of <paramref name="data"/>.</param>
internal sealed class ValidationSet(TrainingSet data, KernelPath path, WorkerTeam team, RowSplit? split = null)
{
    /// <summary>Probabilities below this count as this, so that one surprise does not make the metric infinite.</summary>
    private const double SmallestProbability = 1e-15;

    private const int BlockRows = PredictionPass.UnitRows;

    /// <summary>Rows that the workers share at a time.</summary>
    private const int RowsAtOnce = 128 * BlockRows;

    private readonly int[] _rows = new int[Math.Min(RowsAtOnce, split?.KeptCount ?? data.RowCount)];
    private readonly double[] _losses = new double[Math.Min(RowsAtOnce, split?.KeptCount ?? data.RowCount)];
    private IReadOnlyList<PredictionLayer>? _layers;

    /// <summary>Σ w_i (−log p(y_i)) / Σ w_i under the posterior mean, in nats; the sums run over the rows in their order.</summary>
    public double LogLoss(TrainedNetwork network)
    {
        // The copy of the weights that prediction reads is made once, and filled again for every later network.
        if (_layers is null)
            _layers = network.PredictionLayers;
        else
            network = network.WithPredictionLayers(_layers);

        var workers = new Scratch?[team.Size];
        double losses = 0, weights = 0;
        int count = 0;
        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (split is not null && !split.IsKept(row))
                    continue;
                _rows[count++] = row;
                if (count == _rows.Length)
                    Sum();
            }

            Sum();
        }

        return losses / weights;

        void Sum()
        {
            int blocks = (count + BlockRows - 1) / BlockRows;
            team.Run((worker, block) => Evaluate(workers[worker] ??= new Scratch(network, path), network, block * BlockRows, Math.Min(count, (block + 1) * BlockRows)), blocks);
            for (int i = 0; i < count; i++)
            {
                losses += _losses[i];
                weights += data.Weight(_rows[i]);
            }

            count = 0;
        }
    }

    private void Evaluate(Scratch scratch, TrainedNetwork network, int first, int end)
    {
        int size = network.Architecture.OutputSize;
        for (int i = first; i < end; i++)
            scratch.Features.Set(i - first, data, _rows[i]);
        scratch.Predictor.ComputeOutputs(scratch.Features, end - first, scratch.Outputs);
        for (int i = first; i < end; i++)
        {
            double logLikelihood = scratch.Likelihood.LogLikelihood(scratch.Outputs.AsSpan((i - first) * size, size), data.Labels(_rows[i]));
            _losses[i] = -data.Weight(_rows[i]) * Math.Max(scratch.Smallest, logLikelihood);
        }
    }

    private sealed class Scratch
    {
        public Scratch(TrainedNetwork network, KernelPath path)
        {
            var architecture = network.Architecture;
            Predictor = new NetworkPredictor(network, path);
            Features = new FeatureBlock(network.FeatureCount, architecture.HasSparseInputs, BlockRows);
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
