using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Scores rows with a trained network. Owns scratch memory: one instance serves one thread at a time; any number of instances share
/// one <see cref="TrainedNetwork"/>. A row's result depends on its features, the network, the number of samples and the seed alone.
/// </summary>
internal sealed class NetworkPredictor
{
    /// <summary>Multiply-adds of a batch, and weights of a network that scores one row, from which on work is shared: more than waking a thread costs.</summary>
    private const long SharingThreshold = 4_000_000, RowSharingThreshold = 2_000_000;

    private readonly TrainedNetwork _network;
    private readonly KernelPath _path;
    private readonly int _blockRows;
    private readonly long _weights;
    private readonly bool _sharesWork;
    private readonly Action<int, int> _blockTask;

    /// <summary>One for each thread; the first is the caller's, the others are made when work is first shared.</summary>
    private readonly Scratch?[] _scratches;
    private Mode _mode;
    private FeatureBlock? _features;
    private Predictions? _destination;
    private int _rows;
    private int _largeBlocks;
    private int _samples;
    private uint _seed;

    public NetworkPredictor(TrainedNetwork network, bool sharesWork = false)
        : this(network, KernelPaths.Current, sharesWork)
    {
    }

    /// <param name="network">The network.</param>
    /// <param name="path">Instructions to use.</param>
    /// <param name="sharesWork">Whether much work at a time goes to the threads of <see cref="SharedTeam"/> too; the results are the same bits.</param>
    internal NetworkPredictor(TrainedNetwork network, KernelPath path, bool sharesWork = false)
        : this(network, path, PredictionSummary.Create(network))
    {
        _sharesWork = sharesWork;
    }

    internal NetworkPredictor(TrainedNetwork network, KernelPath path, PredictionSummary summary)
    {
        _network = network;
        _path = path;
        _weights = network.DenseWeights;
        _blockRows = PredictionPass.BlockRows(network.Architecture);
        _blockTask = PredictBlock;
        _scratches = new Scratch?[SharedTeam.Size];
        _scratches[0] = new Scratch(network, path, summary);
    }

    private enum Mode
    {
        Mean,
        Sampled,
        Moments,
    }

    private Scratch Own => _scratches[0]!;

    /// <summary>Predictions under the posterior mean.</summary>
    /// <param name="features">The rows, as the user gave them (not standardised).</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictMean(FeatureBlock features, int rows, Predictions destination)
    {
        if (rows == 1)
            PredictSingleMean(features, destination);
        else
            Predict(Mode.Mean, features, rows, 0, 0, destination);
    }

    /// <summary>The network's own outputs under the posterior mean, [rows × OutputSize], in the units that it was trained in.</summary>
    public void ComputeOutputs(FeatureBlock features, int rows, Span<double> outputs)
    {
        PredictionPass pass = Own.Pass;
        int size = Own.Outputs.Length;
        for (int first = 0; first < rows; first += _blockRows)
        {
            int count = Math.Min(_blockRows, rows - first);
            pass.Run(features, first, count);
            for (int i = 0; i < count; i++)
                pass.GetOutputs(i, outputs.Slice((first + i) * size, size));
        }
    }

    /// <summary>Predictions averaged over <paramref name="samples"/> draws of the network, with their uncertainty.</summary>
    /// <param name="features">The rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="samples">Draws, 1 or more.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictSampled(FeatureBlock features, int rows, int samples, uint seed, Predictions destination)
        => Predict(Mode.Sampled, features, rows, samples, seed, destination);

    /// <summary>Predictions with their uncertainty in one pass: a Gaussian mean and variance of every unit are carried through the network.</summary>
    /// <param name="features">The rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictMoments(FeatureBlock features, int rows, Predictions destination)
        => Predict(Mode.Moments, features, rows, 0, 0, destination);

    /// <summary>Block by block, each of them on one thread.</summary>
    private void Predict(Mode mode, FeatureBlock features, int rows, int samples, uint seed, Predictions destination)
    {
        (_mode, _features, _rows, _samples, _seed, _destination) = (mode, features, rows, samples, seed, destination);
        int blocks = SetBlocks(1);
        if (blocks > 1 && TryBorrowTeam((long)rows * Math.Max(1, samples) * _weights, SharingThreshold) is { } team)
        {
            try
            {
                for (int worker = 1; worker < team.Size; worker++)
                    _scratches[worker] ??= new Scratch(_network, _path, PredictionSummary.Create(_network));
                team.Run(_blockTask, SetBlocks(team.Size));
            }
            finally
            {
                SharedTeam.Return();
            }
        }
        else
        {
            for (int block = 0; block < blocks; block++)
                PredictBlock(0, block);
        }

        _features = null;
        _destination = null;
    }

    /// <summary>Cuts the rows: large blocks as long as there are as many for every thread, then blocks of one unit; returns their number.</summary>
    private int SetBlocks(int threads)
    {
        int units = (_rows + PredictionPass.UnitRows - 1) / PredictionPass.UnitRows, large = _blockRows / PredictionPass.UnitRows;
        _largeBlocks = units / (large * threads) * threads;
        return units - (_largeBlocks * (large - 1));
    }

    private void PredictSingleMean(FeatureBlock features, Predictions destination)
    {
        Scratch own = Own;
        if (TryBorrowTeam(_weights, RowSharingThreshold) is { } team)
        {
            try
            {
                own.Pass.Run(features, 0, 1, team);
            }
            finally
            {
                SharedTeam.Return();
            }
        }
        else
        {
            own.Pass.Run(features, 0, 1);
        }

        own.Summary.SetMeans(own.Pass, 0, 1, own.Outputs, destination);
    }

    private WorkerTeam? TryBorrowTeam(long work, long threshold) => _sharesWork && work >= threshold ? SharedTeam.TryBorrow() : null;

    private void PredictBlock(int worker, int block)
    {
        Scratch scratch = _scratches[worker]!;
        bool isLarge = block < _largeBlocks;
        int first = isLarge ? block * _blockRows : (_largeBlocks * _blockRows) + ((block - _largeBlocks) * PredictionPass.UnitRows);
        int count = Math.Min(isLarge ? _blockRows : PredictionPass.UnitRows, _rows - first);
        switch (_mode)
        {
            case Mode.Mean:
                scratch.Pass.Run(_features!, first, count);
                scratch.Summary.SetMeans(scratch.Pass, first, count, scratch.Outputs, _destination!);
                break;
            case Mode.Sampled:
                PredictSampled(scratch, first, count);
                break;
            default:
                PredictMoments(scratch, first, count);
                break;
        }
    }

    /// <summary>Rows × draws are scored as one long list, the draws of a row side by side; each row's sums run over its draws in order.</summary>
    private void PredictSampled(Scratch scratch, int firstRow, int rows)
    {
        PredictionPass pass = scratch.Pass;
        pass.PrepareDraws(_features!, firstRow, rows);
        long total = (long)rows * _samples;
        for (long first = 0; first < total; first += _blockRows)
        {
            int count = (int)Math.Min(_blockRows, total - first);
            for (int i = 0; i < count; i++)
                pass.SetDraw(i, (int)((first + i) / _samples), (uint)((first + i) % _samples));
            pass.RunDraws(count, _seed);
            for (int i = 0; i < count; i++)
            {
                int row = (int)((first + i) / _samples);
                int sample = (int)((first + i) % _samples);
                if (sample == 0)
                    scratch.Summary.BeginDraws(firstRow + row);
                pass.GetOutputs(i, scratch.Outputs);
                scratch.Summary.AddDraw(scratch.Outputs);
                if (sample == _samples - 1)
                    scratch.Summary.EndDraws(firstRow + row, _destination!);
            }
        }
    }

    private void PredictMoments(Scratch scratch, int first, int rows)
    {
        scratch.Pass.RunMoments(_features!, first, rows);
        for (int i = 0; i < rows; i++)
        {
            scratch.Pass.GetOutputs(i, scratch.Outputs);
            scratch.Pass.GetOutputVariances(i, scratch.Variances);
            scratch.Summary.SetMoments(scratch.Outputs, scratch.Variances, first + i, _destination!);
        }
    }

    /// <summary>What one thread needs.</summary>
    private sealed class Scratch(TrainedNetwork network, KernelPath path, PredictionSummary summary)
    {
        public PredictionPass Pass { get; } = PredictionPass.Create(network, path);

        public PredictionSummary Summary { get; } = summary;

        public double[] Outputs { get; } = new double[network.Architecture.OutputSize];

        public double[] Variances { get; } = new double[network.Architecture.OutputSize];
    }
}
