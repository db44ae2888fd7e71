using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Draws of the network. Where every weight has noise of its own, the first layer's Γ = Aθ + b and Δ = A²σ² are those of the row: they are
/// computed once, and all draws of the row take them from there.
/// </summary>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    private readonly int[] _drawnRows = new int[Capacity];

    /// <summary>Γ and Δ of the first layer for the prepared rows, [Capacity × units]; made at the first draws.</summary>
    private BlockedMatrix<float>? _firstMeans;
    private BlockedMatrix<float>? _firstVariances;
    private FeatureBlock? _preparedFeatures;
    private int _preparedFirst;

    public override void PrepareDraws(FeatureBlock features, int first, int rows)
    {
        _preparedFeatures = features;
        _preparedFirst = first;
        if (_isOnInputs || !_network.Architecture.Posterior.IsNoisy())
            return;

        _firstMeans ??= new BlockedMatrix<float>(Capacity, _layers[0].Outputs);
        _firstVariances ??= new BlockedMatrix<float>(Capacity, _layers[0].Outputs);
        for (int i = 0; i < rows; i++)
            SetRow(i, features, first + i);
        int padded = BlockedMatrix.PadToBlock(rows);
        if (!_isSparse)
            SquareInputs(0, padded);
        for (int panel = 0; panel < _layers[0].Weights.Panels; panel++)
        {
            for (int row = 0; row < padded; row += BlockedMatrix.Width)
            {
                MultiplyWithBias(0, panel, row, _firstMeans.At(panel, row));
                MultiplyVariances(0, panel, row, _firstVariances.At(panel, row));
            }
        }
    }

    public override void SetDraw(int index, int row, uint sample)
    {
        _samples.Pointer[index] = sample;
        _drawnRows[index] = row;
        if (_firstMeans is null)
            SetRow(index, _preparedFeatures!, _preparedFirst + row);
    }

    public override void RunDraws(int draws, uint seed)
    {
        int padded = BlockedMatrix.PadToBlock(draws);
        for (int i = draws; i < padded; i++)
        {
            // Rows that fill the last tile: whatever they are, nobody reads what becomes of them.
            _samples.Pointer[i] = 0;
            _drawnRows[i] = 0;
        }

        bool isNoisy = _network.Architecture.Posterior.IsNoisy();
        for (int l = 0; l < _layers.Count; l++)
        {
            if (l == 0 && _firstMeans is not null)
            {
                DrawFirstLayer(padded, seed);
                continue;
            }

            // Noise of its own on every weight has taken the way above at the first layer.
            if (isNoisy && _isOnInputs && l == 0 && _isSparse)
                ScaleSparseRows(draws, seed);
            else if (isNoisy && _isOnInputs)
                ScaleInputs(l, _layers[l], padded, seed);
            else if (isNoisy)
                SquareInputs(l, padded);
            ForwardLayer(l, padded, isNoisy && !_isOnInputs, seed);
        }

        GC.KeepAlive(this);
    }

    /// <summary>f(Γ + sqrt(Δ + ε) ζ), Γ and Δ those of the prepared rows.</summary>
    [SkipLocalsInit]
    private void DrawFirstLayer(int draws, uint seed)
    {
        float* variance = stackalloc float[BlockedMatrix.BlockSize];
        for (int panel = 0; panel < _layers[0].Weights.Panels; panel++)
        {
            for (int row = 0; row < draws; row += BlockedMatrix.Width)
            {
                float* tile = _activations[1].At(panel, row);
                for (int r = 0; r < BlockedMatrix.Width; r++)
                {
                    int source = _drawnRows[row + r], offset = r * BlockedMatrix.Width;
                    new Span<float>(_firstMeans!.At(panel, source), BlockedMatrix.Width).CopyTo(new Span<float>(tile + offset, BlockedMatrix.Width));
                    new Span<float>(_firstVariances!.At(panel, source), BlockedMatrix.Width).CopyTo(new Span<float>(variance + offset, BlockedMatrix.Width));
                }

                AddOutputNoise(0, panel, row, seed, tile, variance);
                Activate(0, tile);
            }
        }
    }

    /// <summary>Z = Γ + sqrt(A²σ² + ε) ζ for a tile.</summary>
    [SkipLocalsInit]
    private void AddOutputNoise(int index, int panel, int row, uint seed, float* tile)
    {
        float* variance = stackalloc float[BlockedMatrix.BlockSize];
        MultiplyVariances(index, panel, row, variance);
        AddOutputNoise(index, panel, row, seed, tile, variance);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOutputNoise(int index, int panel, int row, uint seed, float* tile, float* variance)
    {
        float* zeta = stackalloc float[BlockedMatrix.BlockSize];
        TLanes.FillNormals(Counters(index, panel, row, seed), zeta);
        var epsilon = TLanes.Create(DenseLayer<TLanes, float>.VarianceEpsilon);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Sqrt(TLanes.Load(variance + i) + epsilon), TLanes.Load(zeta + i), TLanes.Load(tile + i)), tile + i);
    }

    /// <summary>Δ = A²σ² for a tile; the squares have been made, but for sparse rows.</summary>
    private void MultiplyVariances(int index, int panel, int row, float* variance)
    {
        BlockedMatrix<float> matrix = _layers[index].Variances;
        if (index == 0 && _isSparse)
            MultiplySparseSquares(matrix, panel, row, variance);
        else
            TileProduct<TLanes, float>.Multiply(_squares[index].At(0, row), _squares[index].PanelStride, matrix.At(panel, 0), _layers[index].Inputs, variance);
    }

    /// <summary>A ← A s, s = 1 + n (see <see cref="InputNoise{TLanes, T}"/>), drawn for (sample, layer, unit).</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleInputs(int index, PredictionLayer layer, int rows, uint seed)
    {
        float* xi = stackalloc float[BlockedMatrix.BlockSize];
        var input = _activations[index];
        var draw = _draws[index];
        for (int panel = 0; panel < input.Panels; panel++)
        {
            float* deviations = layer.InputStandardDeviations.Pointer + (panel * BlockedMatrix.Width);
            for (int row = 0; row < rows; row += BlockedMatrix.Width)
            {
                TLanes.FillNormals(Counters(index, panel, row, seed), xi);
                float* a = input.At(panel, row);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    // Rounded as in training: n, s = 1 + n, A s.
                    var n = draw.Draw(TLanes.Load(deviations + (i % BlockedMatrix.Width)), TLanes.Load(xi + i));
                    TLanes.Store(TLanes.Load(a + i) * (TLanes.Create(1.0) + n), a + i);
                }
            }
        }
    }

    private void SquareInputs(int index, int rows)
    {
        var input = _activations[index];
        for (int panel = 0; panel < input.Panels; panel++)
        {
            float* a = input.At(panel, 0);
            float* squared = _squares[index].At(panel, 0);
            for (int i = 0; i < rows * BlockedMatrix.Width; i += TLanes.Count)
            {
                var value = TLanes.Load(a + i);
                TLanes.Store(value * value, squared + i);
            }
        }
    }

    private NoiseCounters Counters(int layer, int panel, int row, uint seed)
        => new() { Seed = seed, Stream = NoiseStream.PredictionNoise, Layer = (uint)layer, Panel = (uint)panel, Rows = _samples.Pointer + row };
}
