using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private readonly BlockedMatrix<T>? _inputSquared;
    private readonly BlockedMatrix<T>? _inputNoise;
    private readonly BlockedMatrix<T>? _logVarianceFactor;
    private readonly BlockedMatrix<T>? _noiseSlope;
    private readonly bool _sharesInputNoise;
    private InputNoise<TLanes, T> _inputDraw;

    /// <summary>What the products read: A, or A s where the noise is on the inputs; [rows × Inputs].</summary>
    public BlockedMatrix<T> Input { get; }

    /// <summary>f′(Z), [rows × Outputs]; later <see cref="OutputGradient"/>.</summary>
    public BlockedMatrix<T> Slopes { get; }

    /// <summary>Prepares a step, before everything else: the noise's counters, α (or what is drawn on inputs) from log α, τ².</summary>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="step">Step of the training.</param>
    /// <param name="rowIds">Row of the data set for each row of the minibatch, padded to 16; kept until the step is over.</param>
    public void PrepareStep(uint seed, uint step, uint* rowIds)
    {
        _seed = seed;
        _step = step;
        _rowIds = rowIds;
        PreparePrior();
        if (Form == NoiseForm.None || Sharing == DropoutVarianceSharing.Weight)
            return;

        if (!Posterior.IsOnInputs())
        {
            FillExponentials(1, _dropoutVariances);
            FillDropoutDeviations();
            return;
        }

        FillExponentials(0.5, _inputStandardDeviations);
        _inputDraw = new InputNoise<TLanes, T>(Posterior, Number<T>.ToDouble(LogVariances.Values.Pointer[0]));
    }

    /// <summary>Takes a tile of the layer's input A, [16 rows][16 inputs], and keeps what forward and backward pass need of it.</summary>
    /// <param name="panel">Panel of 16 inputs.</param>
    /// <param name="row">First row of the tile within the minibatch.</param>
    /// <param name="tile">A.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreInput(int panel, int row, T* tile)
    {
        T* input = Input.At(panel, row);
        if (Form != NoiseForm.Inputs)
        {
            T* squared = _inputSquared is null ? null : _inputSquared.At(panel, row);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            {
                var a = TLanes.Load(tile + i);
                TLanes.Store(a, input + i);
                if (squared != null)
                    TLanes.Store(a * a, squared + i);
            }

            return;
        }

        T* xi = stackalloc T[BlockedMatrix.BlockSize];
        FillNoise(_sharesInputNoise ? _sharedRows.Pointer : _rowIds + row, panel, Inputs, xi);
        ClearPadding(Inputs - (panel * BlockedMatrix.Width), xi);
        T* noise = _inputNoise!.At(panel, row);
        T* factor = _logVarianceFactor is null ? null : _logVarianceFactor.At(panel, row);
        T* deviations = _inputStandardDeviations.Pointer + (panel * BlockedMatrix.Width);
        var half = TLanes.Create(0.5);
        var draw = _inputDraw;
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var a = TLanes.Load(tile + i);
            var n = draw.Draw(TLanes.Load(deviations + (i % BlockedMatrix.Width)), TLanes.Load(xi + i));
            var s = TLanes.Create(1.0) + n;
            TLanes.Store(a * s, input + i);
            TLanes.Store(s, noise + i);
            if (factor != null)
                TLanes.Store(half * n * a, factor + i);
        }
    }

    /// <summary>σ² of some panels of outputs, for all inputs: [panels][padded Inputs][16], or rounded to pairs.</summary>
    /// <param name="panel">First panel.</param>
    /// <param name="panels">Number of panels, up to <see cref="TileProduct{TLanes, T}.PanelGroup"/>.</param>
    /// <param name="destination">Room for as many panels as may be asked for.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FillVariancePanels(int panel, int panels, T* destination)
    {
        if (RoundsVariances)
        {
            // Pairs take half the room: the third panel's is free meanwhile.
            RoundVariancePanels(panel, panels, destination + ((TileProduct<TLanes, T>.PanelGroup - 1) * WeightMatrix.PanelStride), (uint*)destination);
            return;
        }

        for (int p = 0; p < panels; p++)
        {
            for (int block = 0; block < InputPanels; block++)
                FillVarianceBlock(block, panel + p, destination + (p * WeightMatrix.PanelStride) + (block * BlockedMatrix.BlockSize));
        }
    }

    /// <summary>Tiles of pre-activations Z with their noise; the factors that the backward pass needs are kept.</summary>
    /// <param name="panel">First panel of 16 outputs.</param>
    /// <param name="panels">Number of panels, up to <see cref="TileProduct{TLanes, T}.PanelGroup"/>.</param>
    /// <param name="row">First row of the tiles.</param>
    /// <param name="variances">What <see cref="FillVariancePanels"/> made for these panels; read where the noise is on the outputs alone.</param>
    /// <param name="tiles">Z, [panels][16][16]; columns beyond the layer's outputs are zero.</param>
    /// <param name="ahead">What to ask memory for meanwhile.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(int panel, int panels, int row, T* variances, T* tiles, PrefetchQueue* ahead = null)
    {
        T* variance = stackalloc T[TileProduct<TLanes, T>.PanelGroup * BlockedMatrix.BlockSize];
        if (Form == NoiseForm.SeparateWeights || IsSparse)
        {
            for (int p = 0; p < panels; p++)
            {
                if (Form == NoiseForm.SeparateWeights)
                    MultiplySampledWeights(panel + p, row, tiles + (p * BlockedMatrix.BlockSize));
                else
                    MultiplySparse(panel + p, row, ForwardWeights, tiles + (p * BlockedMatrix.BlockSize));
                if (Form == NoiseForm.Outputs)
                    MultiplySparseVariances(panel + p, row, variance + (p * BlockedMatrix.BlockSize));
            }
        }
        else
        {
            TileProduct<TLanes, T>.Multiply(Input.At(0, row), Input.PanelStride, ForwardWeights.At(panel, 0), ForwardWeights.PanelStride, panels, Inputs, tiles, BlockedMatrix.BlockSize, ahead);
            if (RoundsVariances)
                MultiplyRounded(panel, panels, row, variances, variance, ahead);
            else if (Form == NoiseForm.Outputs)
                TileProduct<TLanes, T>.Multiply(_inputSquared!.At(0, row), _inputSquared.PanelStride, variances, WeightMatrix.PanelStride, panels, Inputs, variance, BlockedMatrix.BlockSize, ahead);
        }

        for (int p = 0; p < panels; p++)
            AddBiasAndNoise(panel + p, row, variance + (p * BlockedMatrix.BlockSize), tiles + (p * BlockedMatrix.BlockSize));
    }

    /// <summary>Δ from the integers of A² and σ².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRounded(int panel, int panels, int row, T* variances, T* tiles, PrefetchQueue* ahead)
    {
        _short!.Multiply(
            _rounded!.InputRows.Pointer + RoundedPlace(0, row), RoundedPlace(1, 0), (uint*)variances, (nint)InputPanels * ShortProduct<T>.BlockPairs, panels, InputPanels, tiles, BlockedMatrix.BlockSize, ahead);
        for (int p = 0; p < panels; p++)
            Scale(tiles + (p * BlockedMatrix.BlockSize), _rounded.InputRanges.Pointer + row, _rounded.VarianceRanges.Pointer + ((panel + p) * BlockedMatrix.Width));
    }

    /// <summary>Z = Γ + b, with noise on the outputs + sqrt(Δ + ε) ζ; ½ ζ / sqrt(Δ + ε) is kept.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddBiasAndNoise(int panel, int row, T* variance, T* tile)
    {
        T* bias = Biases.Values.Pointer + (panel * BlockedMatrix.Width);
        if (Form != NoiseForm.Outputs)
        {
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + i) + TLanes.Load(bias + (i % BlockedMatrix.Width)), tile + i);
            return;
        }

        T* zeta = stackalloc T[BlockedMatrix.BlockSize];
        FillNoise(_rowIds + row, panel, Outputs, zeta);
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
        => ClearPadding(Outputs - (panel * BlockedMatrix.Width), tile);

    /// <summary>Sets the columns from <paramref name="valid"/> on to zero.</summary>
    private static void ClearPadding(int valid, T* tile)
    {
        if (valid >= BlockedMatrix.Width)
            return;

        for (int i = 0; i < BlockedMatrix.Width; i++)
            new Span<T>(tile + (i * BlockedMatrix.Width) + valid, BlockedMatrix.Width - valid).Clear();
    }

    /// <summary>The matrix of the forward product and of the inputs' gradient: θ, or the W that the minibatch shares.</summary>
    private BlockedMatrix<T> ForwardWeights => _sampledWeights ?? WeightMatrix;

    /// <summary>destination[n] = exp(factor × the n-th log-variance); the only one for all n where a layer has one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillExponentials(double factor, AlignedBuffer<T> destination)
    {
        T* logVariances = LogVariances.Values.Pointer;
        var scale = TLanes.Create(factor);
        for (int n = 0; n < destination.Length; n += TLanes.Count)
        {
            var logVariance = Sharing == DropoutVarianceSharing.Layer ? TLanes.Create(logVariances[0]) : TLanes.Load(logVariances + n);
            TLanes.Store(TLanes.Exp(scale * logVariance), destination.Pointer + n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillVarianceBlock(int block, int panel, T* destination)
    {
        if (Posterior == WeightPosterior.Gaussian)
        {
            T* logVariances = _logVarianceMatrix!.At(panel, block * BlockedMatrix.Width);
            for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                TLanes.Store(TLanes.Exp(TLanes.Load(logVariances + i)), destination + i);
            return;
        }

        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            var weight = TLanes.Load(weights + i);
            TLanes.Store(DropoutVarianceLanes(block, panel, i) * weight * weight, destination + i);
        }
    }

    /// <summary>α for position <paramref name="i"/> of a weight block and the lanes after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes DropoutVarianceLanes(int block, int panel, int i)
        => Sharing == DropoutVarianceSharing.Weight
            ? TLanes.Exp(TLanes.Load(_logVarianceMatrix!.At(panel, block * BlockedMatrix.Width) + i))
            : SharedLanes(_dropoutVariances.Pointer, block, panel, i);

    /// <summary>The same for values that weights share, laid out by <see cref="Sharing"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes SharedLanes(T* values, int block, int panel, int i) => Sharing switch
    {
        DropoutVarianceSharing.Layer => TLanes.Create(values[0]),
        DropoutVarianceSharing.InputUnit => TLanes.Create(values[(block * BlockedMatrix.Width) + (i / BlockedMatrix.Width)]),
        _ => TLanes.Load(values + (panel * BlockedMatrix.Width) + (i % BlockedMatrix.Width)),
    };

    /// <summary>Normals for 16 rows and a panel of units, as far as there are <paramref name="units"/>.</summary>
    private void FillNoise(uint* rows, int panel, int units, T* destination)
        => TLanes.FillNormals(
            new NoiseCounters
            {
                Seed = _seed,
                Stream = NoiseStream.TrainingNoise,
                Step = _step,
                Layer = (uint)Index,
                Panel = (uint)panel,
                Rows = rows,
                Units = Math.Min(BlockedMatrix.Width, units - (panel * BlockedMatrix.Width)),
            },
            destination);
}
