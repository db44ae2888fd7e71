using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// One minibatch through the network and back, cut into tasks for a <see cref="WorkerTeam"/>. Each task writes what no other task
/// writes, so that the bits do not depend on the number of threads.
/// </summary>
internal sealed unsafe class TrainingPass<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Rows that share one computation of a variance panel.</summary>
    private const int RowGroup = 128;

    /// <summary>Weight blocks in one task.</summary>
    private const int BlockGroup = 8;

    /// <summary>Below this many multiply-adds a phase is done by the calling thread: waking another costs more.</summary>
    private const long SharingThreshold = 300_000;

    /// <summary>
    /// Errors of a probability below this count as zero: what they would lead to further down are denormal numbers, which are slow.
    /// </summary>
    private const double SmallestError = 1e-13;

    private readonly NetworkArchitecture _architecture;
    private readonly DenseLayer<TLanes, T>[] _layers;
    private readonly BlockedMatrix<T> _logits;
    private readonly AlignedBuffer<T>[] _scratch;
    private readonly double[] _tileLogLikelihoods;
    private readonly AlignedBuffer<uint> _rowIds;
    private readonly WorkerTeam _team;
    private readonly Action<int, int> _loadTask;
    private readonly Action<int, int> _forwardTask;
    private readonly Action<int, int> _lossTask;
    private readonly Action<int, int> _backwardInputTask;
    private readonly Action<int, int> _backwardWeightsTask;

    // The minibatch in work.
    private TrainingSet _data = null!;
    private FeatureScaling? _scaling;
    private GradientConsumer<T>? _consumer;
    private int _rows;
    private int _paddedRows;
    private int _current;
    private uint _seed;
    private uint _step;
    private double _rowScale;
    private double _klScale;

    public TrainingPass(NetworkArchitecture architecture, KullbackLeiblerForm klForm, int capacity, bool isAveraged, (double Lower, double Upper) logVarianceBounds, WorkerTeam team)
    {
        _architecture = architecture;
        _team = team;
        _layers = new DenseLayer<TLanes, T>[architecture.LayerCount];
        int widest = 0;
        for (int l = 0; l < _layers.Length; l++)
        {
            _layers[l] = new DenseLayer<TLanes, T>(l, architecture, klForm, capacity, isAveraged, logVarianceBounds);
            widest = Math.Max(widest, BlockedMatrix.PadToBlock(Math.Max(_layers[l].Inputs, _layers[l].Outputs)));
        }

        _logits = new BlockedMatrix<T>(capacity, architecture.OutputSize);
        _tileLogLikelihoods = new double[_logits.PaddedRows / BlockedMatrix.Width];
        _rowIds = new AlignedBuffer<uint>(_logits.PaddedRows);
        _scratch = new AlignedBuffer<T>[team.Size];
        for (int worker = 0; worker < team.Size; worker++)
            _scratch[worker] = new AlignedBuffer<T>((long)widest * BlockedMatrix.Width);

        _loadTask = (_, tile) => LoadTile(tile * BlockedMatrix.Width);
        _forwardTask = Forward;
        _lossTask = (_, tile) => DifferentiateTile(tile);
        _backwardInputTask = (worker, panel) => _layers[_current].BackwardInput(panel, _paddedRows, _scratch[worker].Pointer, _current > 0 ? _layers[_current - 1] : null);
        _backwardWeightsTask = (_, task) => BackwardWeights(task);
    }

    public IReadOnlyList<DenseLayer<TLanes, T>> Layers => _layers;

    public double KullbackLeibler() => _layers.Sum(layer => layer.KullbackLeibler());

    /// <summary>Runs a minibatch and hands the gradient of the loss to <paramref name="consumer"/>, which may change the parameters.</summary>
    /// <param name="data">The training set.</param>
    /// <param name="rows">The minibatch: indices into <paramref name="data"/>, which are also the noise's row counters.</param>
    /// <param name="scaling">Standardisation, or null.</param>
    /// <param name="objective">Scales of likelihood and KL.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="step">Counter of the noise.</param>
    /// <param name="consumer">Takes the gradients; null computes the likelihood alone.</param>
    /// <returns>Σ w_i log p(y_i | x_i) of the minibatch, in nats.</returns>
    public double Run(TrainingSet data, ReadOnlySpan<int> rows, FeatureScaling? scaling, Objective objective, uint seed, uint step, GradientConsumer<T>? consumer)
    {
        _data = data;
        _scaling = scaling;
        _consumer = consumer;
        _rows = rows.Length;
        _paddedRows = BlockedMatrix.PadToBlock(_rows);
        _seed = seed;
        _step = step;
        _rowScale = Objective.RowScale(_rows);
        _klScale = objective.KullbackLeiblerScale;
        for (int i = 0; i < _paddedRows; i++)
            _rowIds.Pointer[i] = i < _rows ? (uint)rows[i] : uint.MaxValue;

        foreach (var layer in _layers)
            layer.PrepareStep();
        int tiles = _paddedRows / BlockedMatrix.Width;
        int rowGroups = (_paddedRows + RowGroup - 1) / RowGroup;
        _team.Run(_loadTask, tiles, alone: (long)_rows * _architecture.InputSize < SharingThreshold / 16);
        for (_current = 0; _current < _layers.Length; _current++)
            _team.Run(_forwardTask, _layers[_current].OutputPanels * rowGroups, IsSmall(_layers[_current]));
        _team.Run(_lossTask, tiles, alone: (long)_rows * _architecture.OutputSize < SharingThreshold / 64);

        double logLikelihood = 0;
        for (int tile = 0; tile < tiles; tile++)
            logLikelihood += _tileLogLikelihoods[tile];
        if (consumer is null || !double.IsFinite(logLikelihood))
            return logLikelihood;

        for (_current = _layers.Length - 1; _current >= 0; _current--)
        {
            // The inputs' gradient first: it reads the weights that the weights' gradient then changes.
            var layer = _layers[_current];
            if (_current > 0 || layer.IsCorrelated)
                _team.Run(_backwardInputTask, layer.InputPanels, IsSmall(layer));
            _team.Run(_backwardWeightsTask, layer.OutputPanels * BlockGroups(layer), IsSmall(layer));
            layer.BackwardLogDropoutVariances(_klScale, consumer);
        }

        return logLikelihood;
    }

    private bool IsSmall(DenseLayer<TLanes, T> layer) => (long)_rows * layer.Inputs * layer.Outputs < SharingThreshold;

    private static int BlockGroups(DenseLayer<TLanes, T> layer) => (layer.InputPanels + BlockGroup - 1) / BlockGroup;

    private NoiseCounters Counters(int row)
        => new() { Seed = _seed, Stream = NoiseStream.TrainingNoise, Step = _step, Rows = _rowIds.Pointer + row };

    [SkipLocalsInit]
    private void LoadTile(int row)
    {
        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        float* values = stackalloc float[BlockedMatrix.BlockSize];
        var layer = _layers[0];
        for (int panel = 0; panel < layer.InputPanels; panel++)
        {
            int first = panel * BlockedMatrix.Width;
            int width = Math.Min(BlockedMatrix.Width, layer.Inputs - first);
            new Span<float>(values, BlockedMatrix.BlockSize).Clear();
            for (int i = 0; i < BlockedMatrix.Width && row + i < _rows; i++)
            {
                var features = _data.Features((int)_rowIds.Pointer[row + i]).Slice(first, width);
                FeatureScaling.Apply(_scaling, first, features, new Span<float>(values + (i * BlockedMatrix.Width), width));
            }

            for (int i = 0; i < BlockedMatrix.BlockSize; i++)
                tile[i] = typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(values[i]) : Unsafe.BitCast<double, T>(values[i]);
            layer.StoreInput(panel, row, tile, Counters(row));
        }
    }

    [SkipLocalsInit]
    private void Forward(int worker, int task)
    {
        var layer = _layers[_current];
        var next = _current + 1 < _layers.Length ? _layers[_current + 1] : null;
        int panel = task % layer.OutputPanels;
        int firstRow = task / layer.OutputPanels * RowGroup;
        int endRow = Math.Min(_paddedRows, firstRow + RowGroup);
        T* variances = _scratch[worker].Pointer;
        if (!layer.IsCorrelated)
            layer.FillVariancePanel(panel, variances);

        T* tile = stackalloc T[BlockedMatrix.BlockSize];
        for (int row = firstRow; row < endRow; row += BlockedMatrix.Width)
        {
            if (next is null)
            {
                layer.Forward(panel, row, variances, Counters(row), _logits.At(panel, row));
                continue;
            }

            layer.Forward(panel, row, variances, Counters(row), tile);
            Activations<TLanes, T>.Apply(_architecture.Activation, tile, layer.Slopes.At(panel, row), BlockedMatrix.BlockSize);
            layer.ClearPaddingColumns(panel, tile);
            next.StoreInput(panel, row, tile, Counters(row));
        }
    }

    [SkipLocalsInit]
    private void DifferentiateTile(int tile)
    {
        int classes = _architecture.OutputSize;
        int row = tile * BlockedMatrix.Width;
        var layer = _layers[^1];
        double[]? rented = classes > 256 ? new double[classes] : null;
        Span<double> logits = rented ?? stackalloc double[classes];
        double logLikelihood = 0;
        for (int i = 0; i < BlockedMatrix.Width; i++)
        {
            for (int k = 0; k < classes; k++)
                logits[k] = ToDouble(_logits[row + i, k]);
            double scale = 0;
            if (row + i < _rows)
            {
                int id = (int)_rowIds.Pointer[row + i];
                double weight = _data.Weight(id);
                scale = weight * _rowScale;
                logLikelihood += weight * SoftmaxLikelihood.Differentiate(logits, (int)_data.Label(id), scale);
            }
            else
            {
                logits.Clear();
            }

            for (int k = 0; k < classes; k++)
                _logits[row + i, k] = FromDouble(Math.Abs(logits[k]) < SmallestError * scale ? 0 : logits[k]);
        }

        _tileLogLikelihoods[tile] = logLikelihood;
        if (_consumer is null)
            return;
        for (int panel = 0; panel < layer.OutputPanels; panel++)
            layer.StoreOutputGradient(panel, row, _logits.At(panel, row));
    }

    private void BackwardWeights(int task)
    {
        var layer = _layers[_current];
        int panel = task / BlockGroups(layer);
        int first = task % BlockGroups(layer) * BlockGroup;
        int end = Math.Min(layer.InputPanels, first + BlockGroup);
        for (int block = first; block < end; block++)
            layer.BackwardWeights(block, panel, _paddedRows, _klScale, _consumer!);
        if (first == 0)
            layer.BackwardBiases(panel, _paddedRows, _consumer!);
    }

    private static double ToDouble(T value) => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    private static T FromDouble(double value) => typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value);
}
