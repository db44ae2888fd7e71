using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Up to <see cref="Capacity"/> rows through a trained network: without noise, with a draw of it for each row, or with the mean and the
/// variance of every unit. Not thread-safe: it owns its scratch memory.
/// </summary>
internal abstract class PredictionPass
{
    /// <summary>Rows of a block.</summary>
    public const int Capacity = 64;

    public static PredictionPass Create(TrainedNetwork network, KernelPath path) => path switch
    {
        KernelPath.Avx512 => new PredictionPass<Avx512Lanes>(network),
        KernelPath.Avx2 => new PredictionPass<Avx2Lanes>(network),
        KernelPath.Portable => new PredictionPass<PortableLanes>(network),
        _ => new PredictionPass<SingleLane>(network),
    };

    /// <summary>Sets row <paramref name="index"/> to row <paramref name="row"/> of a block.</summary>
    public abstract void SetRow(int index, FeatureBlock features, int row);

    /// <summary>Scores the first <paramref name="rows"/> rows with the posterior means.</summary>
    public abstract void Run(int rows);

    /// <summary>Takes the rows of a block, up to <see cref="Capacity"/>, that draws are to be made for.</summary>
    public abstract void PrepareDraws(FeatureBlock features, int first, int rows);

    /// <summary>Sets row <paramref name="index"/> to draw <paramref name="sample"/> of the network for prepared row <paramref name="row"/>.</summary>
    public abstract void SetDraw(int index, int row, uint sample);

    /// <summary>Scores the first <paramref name="draws"/> rows, each with its draw.</summary>
    public abstract void RunDraws(int draws, uint seed);

    /// <summary>Scores the first <paramref name="rows"/> rows, carrying mean and variance through.</summary>
    public abstract void RunMoments(int rows);

    /// <summary>Copies the outputs of a row, or their means.</summary>
    public abstract void GetOutputs(int index, Span<double> destination);

    /// <summary>Copies the variances of a row's outputs, after <see cref="RunMoments"/>.</summary>
    public abstract void GetOutputVariances(int index, Span<double> destination);
}

/// <inheritdoc/>
/// <remarks>
/// This file holds the rows and the mean pass; PredictionPass.Draws.cs the noisy pass, PredictionPass.Moments.cs the one with variances,
/// PredictionPass.Sparse.cs the first layer on sparse rows.
/// </remarks>
internal sealed unsafe partial class PredictionPass<TLanes> : PredictionPass
    where TLanes : unmanaged, ILanes<TLanes, float>
{
    private readonly TrainedNetwork _network;
    private readonly IReadOnlyList<PredictionLayer> _layers;

    /// <summary>_activations[l] is the input of layer l, empty where it is sparse; the last one the outputs; [Capacity × units].</summary>
    private readonly BlockedMatrix<float>[] _activations;
    private readonly BlockedMatrix<float>[] _squares;
    private readonly AlignedBuffer<uint> _samples = new(Capacity);
    private readonly AlignedBuffer<float> _row;
    private readonly float[] _selected;
    private readonly bool _isOnInputs;
    private readonly InputNoise<TLanes, float>[] _draws;

    public PredictionPass(TrainedNetwork network)
    {
        _network = network;
        _layers = network.PredictionLayers;
        var architecture = network.Architecture;
        _isSparse = architecture.HasSparseInputs;
        _selected = new float[_isSparse ? 0 : network.KeptFeatures?.Length ?? 0];
        _isOnInputs = architecture.Posterior.IsOnInputs();
        int layers = architecture.LayerCount, widest = 0;
        _activations = new BlockedMatrix<float>[layers + 1];
        _squares = new BlockedMatrix<float>[architecture.Posterior.IsNoisy() && !_isOnInputs ? layers : 0];
        _draws = [.. _layers.Select(layer => _isOnInputs ? new InputNoise<TLanes, float>(architecture.Posterior, layer.LogVariance) : default)];
        for (int l = 0; l <= layers; l++)
        {
            int units = l == layers ? architecture.OutputSize : architecture.InputsOf(l);
            int rows = l == 0 && _isSparse ? 0 : Capacity;
            _activations[l] = new BlockedMatrix<float>(rows, units);
            if (l < _squares.Length)
                _squares[l] = new BlockedMatrix<float>(rows, units);
            if (rows > 0)
                widest = Math.Max(widest, BlockedMatrix.PadToBlock(units));
        }

        _row = new AlignedBuffer<float>(2 * widest);
        if (_isSparse)
        {
            _sparseRows = new SparseRow[Capacity];
            Array.Fill(_sparseRows, new SparseRow(0));
            _positions = CreatePositions(network);
        }
    }

    public override void SetRow(int index, FeatureBlock features, int row)
    {
        if (_isSparse)
        {
            SetSparseRow(index, features, row);
            return;
        }

        var input = _activations[0];
        ReadOnlySpan<float> values = features.Dense(row);
        if (_network.KeptFeatures is int[] kept)
        {
            for (int i = 0; i < kept.Length; i++)
                _selected[i] = values[kept[i]];
            values = _selected;
        }

        for (int panel = 0; panel < input.Panels; panel++)
        {
            int first = panel * BlockedMatrix.Width;
            int width = Math.Min(BlockedMatrix.Width, values.Length - first);
            FeatureScaling.Apply(_network.Scaling, first, values.Slice(first, width), new Span<float>(input.At(panel, index), width));
        }
    }

    public override void Run(int rows)
    {
        if (rows == 1)
        {
            RunSingleRow();
            GC.KeepAlive(this);
            return;
        }

        for (int l = 0; l < _layers.Count; l++)
            ForwardLayer(l, BlockedMatrix.PadToBlock(rows), isNoisy: false, seed: 0);
        GC.KeepAlive(this);
    }

    public override void GetOutputs(int index, Span<double> destination)
    {
        for (int k = 0; k < destination.Length; k++)
            destination[k] = _activations[^1][index, k];
    }

    private void ForwardLayer(int index, int rows, bool isNoisy, uint seed)
    {
        for (int panel = 0; panel < _layers[index].Weights.Panels; panel++)
        {
            for (int row = 0; row < rows; row += BlockedMatrix.Width)
            {
                float* tile = _activations[index + 1].At(panel, row);
                MultiplyWithBias(index, panel, row, tile);
                if (isNoisy)
                    AddOutputNoise(index, panel, row, seed, tile);
                Activate(index, tile);
            }
        }
    }

    /// <summary>Γ = Aθ + b for a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyWithBias(int index, int panel, int row, float* tile)
    {
        PredictionLayer layer = _layers[index];
        float* bias = layer.Biases.Pointer + (panel * BlockedMatrix.Width);
        Multiply(index, layer, panel, row, tile);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(tile + i) + TLanes.Load(bias + (i % BlockedMatrix.Width)), tile + i);
    }

    private void Activate(int index, float* tile)
    {
        if (index < _layers.Count - 1)
            Activations<TLanes, float>.Apply(_network.Architecture.Activation, tile, null, BlockedMatrix.BlockSize);
    }

    /// <summary>Aθ for a tile.</summary>
    private void Multiply(int index, PredictionLayer layer, int panel, int row, float* tile)
    {
        if (index == 0 && _isSparse)
            MultiplySparse(layer.Weights, panel, row, tile);
        else
            TileProduct<TLanes, float>.Multiply(_activations[index].At(0, row), _activations[index].PanelStride, layer.Weights.At(panel, 0), layer.Inputs, tile);
    }

    /// <summary>One row without noise: the same sums in the same order, without the fifteen rows of padding.</summary>
    private void RunSingleRow()
    {
        float* current = _row.Pointer;
        float* next = _row.Pointer + (_row.Length / 2);
        if (!_isSparse)
            CopyRow(_activations[0], current);

        for (int l = 0; l < _layers.Count; l++)
        {
            var layer = _layers[l];
            int width = layer.Weights.Panels * BlockedMatrix.Width;
            if (l == 0 && _isSparse)
                MultiplySparseRow(layer.Weights, next);
            else
                TileProduct<TLanes, float>.MultiplyRow(current, layer.Weights.At(0, 0), layer.Weights.PanelStride, layer.Weights.Panels, layer.Inputs, next);
            for (int i = 0; i < width; i += TLanes.Count)
                TLanes.Store(TLanes.Load(next + i) + TLanes.Load(layer.Biases.Pointer + i), next + i);
            if (l < _layers.Count - 1)
                Activations<TLanes, float>.Apply(_network.Architecture.Activation, next, null, width);
            float* swap = current;
            current = next;
            next = swap;
        }

        var outputs = _activations[^1];
        for (int panel = 0; panel < outputs.Panels; panel++)
            new Span<float>(current + (panel * BlockedMatrix.Width), BlockedMatrix.Width).CopyTo(new Span<float>(outputs.At(panel, 0), BlockedMatrix.Width));
    }

    private static void CopyRow(BlockedMatrix<float> source, float* destination)
    {
        for (int panel = 0; panel < source.Panels; panel++)
            new Span<float>(source.At(panel, 0), BlockedMatrix.Width).CopyTo(new Span<float>(destination + (panel * BlockedMatrix.Width), BlockedMatrix.Width));
    }
}
