using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private readonly BlockedMatrix<T>? _inputSquared;
    private readonly BlockedMatrix<T>? _inputNoise;
    private readonly BlockedMatrix<T>? _logVarianceFactor;
    private readonly BlockedMatrix<T>? _noiseSlope;

    /// <summary>What the products read: A for independent noise, A s for correlated noise; [rows × Inputs].</summary>
    public BlockedMatrix<T> Input { get; }

    /// <summary>f′(Z), [rows × Outputs].</summary>
    public BlockedMatrix<T> Slopes { get; }

    /// <summary>Computes α (correlated noise: sqrt(α), one for each input) from log α; once a step, before everything else.</summary>
    public void PrepareStep()
    {
        if (Sharing == DropoutVarianceSharing.Weight)
            return;

        for (int n = 0; n < (IsCorrelated ? Inputs : _dropoutVariances.Length); n++)
        {
            double logVariance = ToDouble(LogDropoutVariances.Values.Pointer[Sharing == DropoutVarianceSharing.Layer ? 0 : n]);
            _dropoutVariances.Pointer[n] = FromDouble(Math.Exp(IsCorrelated ? 0.5 * logVariance : logVariance));
        }
    }

    /// <summary>Takes a tile of the layer's input A, [16 rows][16 inputs], and keeps what forward and backward pass need of it.</summary>
    /// <param name="panel">Panel of 16 inputs.</param>
    /// <param name="row">First row of the tile within the minibatch.</param>
    /// <param name="tile">A.</param>
    /// <param name="counters">Counters of the noise for these rows; layer and panel are filled in here.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreInput(int panel, int row, T* tile, in NoiseCounters counters)
    {
        T* input = Input.At(panel, row);
        if (!IsCorrelated)
        {
            T* squared = _inputSquared!.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            {
                var a = TLanes.Load(tile + i);
                TLanes.Store(a, input + i);
                TLanes.Store(a * a, squared + i);
            }

            return;
        }

        T* xi = stackalloc T[BlockedMatrix.BlockSize];
        FillNoise(counters, panel, xi);
        T* noise = _inputNoise!.At(panel, row);
        T* factor = _logVarianceFactor!.At(panel, row);
        T* deviations = _dropoutVariances.Pointer + (panel * BlockedMatrix.Width);
        var one = TLanes.Create(1.0);
        var half = TLanes.Create(0.5);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var a = TLanes.Load(tile + i);
            var n = TLanes.Load(deviations + (i % BlockedMatrix.Width)) * TLanes.Load(xi + i);
            var s = one + n;
            TLanes.Store(a * s, input + i);
            TLanes.Store(s, noise + i);
            TLanes.Store(half * n * a, factor + i);
        }
    }

    /// <summary>σ² = α θ² of one panel of outputs, for all inputs: [padded Inputs][16].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FillVariancePanel(int panel, T* destination)
    {
        for (int block = 0; block < InputPanels; block++)
            FillVarianceBlock(block, panel, destination + (block * BlockedMatrix.BlockSize));
    }

    /// <summary>A tile of pre-activations Z with its noise; the factors that the backward pass needs are kept.</summary>
    /// <param name="panel">Panel of 16 outputs.</param>
    /// <param name="row">First row of the tile.</param>
    /// <param name="variances">What <see cref="FillVariancePanel"/> made for this panel; not read with correlated noise.</param>
    /// <param name="counters">Counters of the noise for these rows.</param>
    /// <param name="tile">Z, [16][16]; columns beyond the layer's outputs are zero.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(int panel, int row, T* variances, in NoiseCounters counters, T* tile)
    {
        TileProduct<TLanes, T>.Multiply(Input.At(0, row), Input.PanelStride, WeightMatrix.At(panel, 0), Inputs, tile);
        T* bias = Biases.Values.Pointer + (panel * BlockedMatrix.Width);
        if (IsCorrelated)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i) + TLanes.Load(bias + (i % BlockedMatrix.Width)), tile + i);
            return;
        }

        T* variance = stackalloc T[BlockedMatrix.BlockSize];
        T* zeta = stackalloc T[BlockedMatrix.BlockSize];
        TileProduct<TLanes, T>.Multiply(_inputSquared!.At(0, row), _inputSquared.PanelStride, variances, Inputs, variance);
        FillNoise(counters, panel, zeta);
        ClearPaddingColumns(panel, zeta);
        T* noiseSlope = _noiseSlope!.At(panel, row);
        var epsilon = TLanes.Create(VarianceEpsilon);
        var half = TLanes.Create(0.5);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var deviation = TLanes.Sqrt(TLanes.Load(variance + i) + epsilon);
            var noise = TLanes.Load(zeta + i);
            var mean = TLanes.Load(tile + i) + TLanes.Load(bias + (i % BlockedMatrix.Width));
            TLanes.Store(TLanes.MultiplyAdd(deviation, noise, mean), tile + i);
            TLanes.Store(half * noise / deviation, noiseSlope + i);
        }
    }

    /// <summary>Sets the columns beyond the layer's outputs to zero: an activation with f(0) ≠ 0 would fill them.</summary>
    public void ClearPaddingColumns(int panel, T* tile)
    {
        int valid = Outputs - (panel * BlockedMatrix.Width);
        if (valid >= BlockedMatrix.Width)
            return;

        for (int i = 0; i < BlockedMatrix.Width; i++)
            new Span<T>(tile + (i * BlockedMatrix.Width) + valid, BlockedMatrix.Width - valid).Clear();
    }

    private void FillVarianceBlock(int block, int panel, T* destination)
    {
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var weight = TLanes.Load(weights + i);
            TLanes.Store(DropoutVarianceLanes(block, panel, i) * weight * weight, destination + i);
        }
    }

    /// <summary>α for position <paramref name="i"/> of a weight block and the lanes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes DropoutVarianceLanes(int block, int panel, int i) => Sharing switch
    {
        DropoutVarianceSharing.Layer => TLanes.Create(_dropoutVariances.Pointer[0]),
        DropoutVarianceSharing.InputUnit => TLanes.Create(_dropoutVariances.Pointer[(block * BlockedMatrix.Width) + (i / BlockedMatrix.Width)]),
        DropoutVarianceSharing.OutputUnit => TLanes.Load(_dropoutVariances.Pointer + (panel * BlockedMatrix.Width) + (i % BlockedMatrix.Width)),
        _ => TLanes.Exp(TLanes.Load(_logDropoutVarianceMatrix!.At(panel, block * BlockedMatrix.Width) + i)),
    };

    private void FillNoise(in NoiseCounters counters, int panel, T* destination)
    {
        TLanes.FillNormals(
            new NoiseCounters { Seed = counters.Seed, Stream = counters.Stream, Step = counters.Step, Layer = (uint)Index, Panel = (uint)panel, Rows = counters.Rows },
            destination);
    }
}
