using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Up to <see cref="Capacity"/> rows through a trained network, without or with noise. Not thread-safe: it owns its scratch memory.</summary>
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

    /// <summary>Sets row <paramref name="index"/> to row <paramref name="row"/> of a block, and the draw of the network that it is to be scored with.</summary>
    public abstract void SetRow(int index, FeatureBlock features, int row, uint sample);

    /// <summary>Scores the first <paramref name="rows"/> rows.</summary>
    public abstract void Run(int rows, bool isNoisy, uint seed);

    /// <summary>Copies the outputs of a row.</summary>
    public abstract void GetOutputs(int index, Span<double> destination);
}

/// <inheritdoc/>
internal sealed unsafe class PredictionPass<TLanes> : PredictionPass
    where TLanes : unmanaged, ILanes<TLanes, float>
{
    private readonly TrainedNetwork _network;

    /// <summary>_activations[l] is the input of layer l; the last one the logits; [Capacity × units].</summary>
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
        _selected = new float[network.KeptFeatures?.Length ?? 0];
        var architecture = network.Architecture;
        int layers = architecture.LayerCount;
        _activations = new BlockedMatrix<float>[layers + 1];
        _isOnInputs = architecture.Posterior.IsOnInputs();
        _squares = new BlockedMatrix<float>[architecture.Posterior.IsNoisy() && !_isOnInputs ? layers : 0];
        _draws = [.. network.PredictionLayers.Select(layer => _isOnInputs ? new InputNoise<TLanes, float>(architecture.Posterior, layer.LogVariance) : default)];
        int widest = 0;
        for (int l = 0; l <= layers; l++)
        {
            int units = l == layers ? architecture.OutputSize : architecture.InputsOf(l);
            _activations[l] = new BlockedMatrix<float>(Capacity, units);
            if (l < _squares.Length)
                _squares[l] = new BlockedMatrix<float>(Capacity, units);
            widest = Math.Max(widest, BlockedMatrix.PadToBlock(units));
        }

        _row = new AlignedBuffer<float>(2 * widest);
    }

    public override void SetRow(int index, FeatureBlock features, int row, uint sample)
    {
        _samples.Pointer[index] = sample;
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

    public override void Run(int rows, bool isNoisy, uint seed)
    {
        var layers = _network.PredictionLayers;
        isNoisy &= _network.Architecture.Posterior.IsNoisy();
        int padded = BlockedMatrix.PadToBlock(rows);
        for (int i = rows; i < padded; i++)
            _samples.Pointer[i] = 0;

        if (rows == 1 && !isNoisy)
        {
            RunSingleRow(layers);
            GC.KeepAlive(this);
            return;
        }

        for (int l = 0; l < layers.Count; l++)
        {
            bool isLast = l == layers.Count - 1;
            if (isNoisy && _isOnInputs)
                ScaleInputs(l, layers[l], padded, seed);
            if (isNoisy && !_isOnInputs)
                SquareInputs(l, padded);
            for (int panel = 0; panel < layers[l].Weights.Panels; panel++)
            {
                for (int row = 0; row < padded; row += BlockedMatrix.Width)
                    ForwardTile(l, layers[l], panel, row, isLast, isNoisy && !_isOnInputs, seed);
            }
        }

        GC.KeepAlive(this);
    }

    public override void GetOutputs(int index, Span<double> destination)
    {
        for (int k = 0; k < destination.Length; k++)
            destination[k] = _activations[^1][index, k];
    }

    /// <summary>Z = Aθ + b, with independent noise + sqrt(A²σ² + ε) ζ, then the activation.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardTile(int index, PredictionLayer layer, int panel, int row, bool isLast, bool isNoisy, uint seed)
    {
        var input = _activations[index];
        float* tile = _activations[index + 1].At(panel, row);
        float* bias = layer.Biases.Pointer + (panel * BlockedMatrix.Width);
        TileProduct<TLanes, float>.Multiply(input.At(0, row), input.PanelStride, layer.Weights.At(panel, 0), layer.Inputs, tile);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(tile + i) + TLanes.Load(bias + (i % BlockedMatrix.Width)), tile + i);

        if (isNoisy)
        {
            float* variance = stackalloc float[BlockedMatrix.BlockSize];
            float* zeta = stackalloc float[BlockedMatrix.BlockSize];
            var squares = _squares[index];
            TileProduct<TLanes, float>.Multiply(squares.At(0, row), squares.PanelStride, layer.Variances.At(panel, 0), layer.Inputs, variance);
            TLanes.FillNormals(Counters(index, panel, row, seed), zeta);
            var epsilon = TLanes.Create(DenseLayer<TLanes, float>.VarianceEpsilon);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.MultiplyAdd(TLanes.Sqrt(TLanes.Load(variance + i) + epsilon), TLanes.Load(zeta + i), TLanes.Load(tile + i)), tile + i);
        }

        if (!isLast)
            Activations<TLanes, float>.Apply(_network.Architecture.Activation, tile, null, BlockedMatrix.BlockSize);
    }

    /// <summary>A ← A s, s = 1 + n (see <see cref="InputNoise{TLanes, T}"/>), drawn for (sample, layer, unit).</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleInputs(int index, PredictionLayer layer, int rows, uint seed)
    {
        float* xi = stackalloc float[BlockedMatrix.BlockSize];
        var input = _activations[index];
        for (int panel = 0; panel < input.Panels; panel++)
        {
            float* deviations = layer.InputDeviations.Pointer + (panel * BlockedMatrix.Width);
            for (int row = 0; row < rows; row += BlockedMatrix.Width)
            {
                TLanes.FillNormals(Counters(index, panel, row, seed), xi);
                float* a = input.At(panel, row);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    // Rounded as in training: n, s = 1 + n, A s.
                    var n = _draws[index].Deviation(TLanes.Load(deviations + (i % BlockedMatrix.Width)), TLanes.Load(xi + i));
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

    /// <summary>One row without noise: the same sums in the same order, without the fifteen rows of padding.</summary>
    private void RunSingleRow(IReadOnlyList<PredictionLayer> layers)
    {
        float* current = _row.Pointer;
        float* next = _row.Pointer + (_row.Length / 2);
        var input = _activations[0];
        for (int panel = 0; panel < input.Panels; panel++)
            new Span<float>(input.At(panel, 0), BlockedMatrix.Width).CopyTo(new Span<float>(current + (panel * BlockedMatrix.Width), BlockedMatrix.Width));

        for (int l = 0; l < layers.Count; l++)
        {
            var layer = layers[l];
            int width = layer.Weights.Panels * BlockedMatrix.Width;
            TileProduct<TLanes, float>.MultiplyRow(current, layer.Weights.At(0, 0), layer.Weights.PanelStride, layer.Weights.Panels, layer.Inputs, next);
            for (int i = 0; i < width; i += TLanes.Count)
                TLanes.Store(TLanes.Load(next + i) + TLanes.Load(layer.Biases.Pointer + i), next + i);
            if (l < layers.Count - 1)
                Activations<TLanes, float>.Apply(_network.Architecture.Activation, next, null, width);
            float* swap = current;
            current = next;
            next = swap;
        }

        var logits = _activations[^1];
        for (int panel = 0; panel < logits.Panels; panel++)
            new Span<float>(current + (panel * BlockedMatrix.Width), BlockedMatrix.Width).CopyTo(new Span<float>(logits.At(panel, 0), BlockedMatrix.Width));
    }

    private NoiseCounters Counters(int layer, int panel, int row, uint seed)
        => new() { Seed = seed, Stream = NoiseStream.PredictionNoise, Layer = (uint)layer, Panel = (uint)panel, Rows = _samples.Pointer + row };
}
