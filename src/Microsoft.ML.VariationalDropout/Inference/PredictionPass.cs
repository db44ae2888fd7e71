using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Up to <see cref="BlockRows"/> rows through a trained network: without noise, with a draw of it for each row, or with the mean and the
/// variance of every unit. Not thread-safe: it owns its scratch memory.
/// </summary>
internal abstract class PredictionPass
{
    /// <summary>Rows of a block, at most.</summary>
    public const int Capacity = 2 * UnitRows;

    /// <summary>Rows that a register tile of the products covers, three panels: blocks are made of whole units.</summary>
    public const int UnitRows = 48;

    /// <summary>Bytes of a layer's weights from which on a block has two units: each of them is another read of the weights.</summary>
    protected const int LargeLayer = 512 * 1024;

    /// <summary>Units of a layer, its inputs included, up to which a block of two units stays in the second-level cache.</summary>
    private const int WidestOfLarge = 1400;

    /// <summary>Rows of a block at which passes are fastest: many where weights come from far away, few where activations would not stay near.</summary>
    public static int BlockRows(NetworkArchitecture architecture)
    {
        bool isLarge = false, isWide = false;
        for (int l = 0; l < architecture.LayerCount; l++)
        {
            isLarge |= sizeof(float) * (long)architecture.InputsOf(l) * architecture.OutputsOf(l) > LargeLayer;
            isWide |= Math.Max(architecture.InputsOf(l), architecture.OutputsOf(l)) > WidestOfLarge;
        }

        return isLarge && !isWide ? Capacity : UnitRows;
    }

    public static PredictionPass Create(TrainedNetwork network, KernelPath path) => path switch
    {
        KernelPath.Avx512 => new PredictionPass<Avx512Lanes>(network),
        KernelPath.Avx2 => new PredictionPass<Avx2Lanes>(network),
        KernelPath.Portable => new PredictionPass<PortableLanes>(network),
        _ => new PredictionPass<SingleLane>(network),
    };

    /// <summary>Scores rows of a block, up to <see cref="BlockRows"/>, with the posterior means.</summary>
    /// <param name="features">The block.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="team">Threads that share the work on a single row; null for none but the caller's.</param>
    public abstract void Run(FeatureBlock features, int first, int rows, WorkerTeam? team = null);

    /// <summary>Takes the rows of a block, up to <see cref="BlockRows"/>, that draws are to be made for.</summary>
    public abstract void PrepareDraws(FeatureBlock features, int first, int rows);

    /// <summary>Sets row <paramref name="index"/> to draw <paramref name="sample"/> of the network for prepared row <paramref name="row"/>.</summary>
    public abstract void SetDraw(int index, int row, uint sample);

    /// <summary>Scores the first <paramref name="draws"/> rows, each with its draw.</summary>
    public abstract void RunDraws(int draws, uint seed);

    /// <summary>Scores rows of a block, up to <see cref="BlockRows"/>, carrying mean and variance through.</summary>
    public abstract void RunMoments(FeatureBlock features, int first, int rows);

    /// <summary>Copies the outputs of a row, or their means.</summary>
    public abstract void GetOutputs(int index, Span<double> destination);

    /// <summary>Copies the variances of a row's outputs, after <see cref="RunMoments"/>.</summary>
    public abstract void GetOutputVariances(int index, Span<double> destination);

    /// <summary>Copies the outputs of the first rows, [rows × OutputSize].</summary>
    public abstract void CopyOutputs(int rows, Span<float> destination);

    /// <summary>Turns the outputs of the first rows, logits of classes, into probabilities, in single precision.</summary>
    public abstract void Normalize(int rows);

    /// <summary>Turns the outputs of the first rows, logits, into probabilities, in single precision.</summary>
    public abstract void Squash(int rows);
}

/// <inheritdoc/>
/// <remarks>
/// The batch is in the lanes: what goes from layer to layer are tiles of [16 units][16 rows]. This file holds the rows and the mean pass;
/// PredictionPass.Outputs.cs the way out, PredictionPass.Draws.cs the noisy pass, PredictionPass.Moments.cs the one with variances,
/// PredictionPass.Sparse.cs the first layer on sparse rows.
/// </remarks>
internal sealed unsafe partial class PredictionPass<TLanes> : PredictionPass
    where TLanes : unmanaged, ILanes<TLanes, float>
{
    /// <summary>Panels of 16 rows.</summary>
    private const int Blocks = Capacity / BlockedMatrix.Width;

    private readonly TrainedNetwork _network;
    private readonly IReadOnlyList<PredictionLayer> _layers;
    private readonly bool _isOnInputs;

    /// <summary>Standardisation of the inputs, padded to whole panels: (x − mean) × scale, within limits, compressed beyond the threshold unless that is 0.</summary>
    private readonly AlignedBuffer<float> _inputMeans;
    private readonly AlignedBuffer<float> _inputScales;
    private readonly AlignedBuffer<float> _inputLowest;
    private readonly AlignedBuffer<float> _inputHighest;
    private readonly float _outlierThreshold;

    /// <summary>Two sets of activations, [row / 16][unit][row % 16]: a layer reads the one and writes the other.</summary>
    private readonly AlignedBuffer<float> _first;
    private readonly AlignedBuffer<float> _second;

    /// <summary>Units of the widest layer, its inputs included, padded to whole panels.</summary>
    private readonly int _widest;

    /// <summary>Numbers from one 16 rows of the activations to the next: those of the widest layer, and no power of two, which caches would not like.</summary>
    private readonly nint _firstStride;
    private readonly nint _secondStride;
    private readonly int _blockRows;

    /// <summary>Of one row: two sets of activations, [units] each; made at the first.</summary>
    private AlignedBuffer<float>? _row;
    private float* _input;
    private float* _output;
    private nint _inputStride;
    private nint _outputStride;

    /// <summary>Where the outputs are: number k of row r is at (r / 16) _outputsStride + k _outputStep + r % 16.</summary>
    private float* _outputs;
    private nint _outputsStride;
    private int _outputStep;

    public PredictionPass(TrainedNetwork network)
    {
        _network = network;
        _layers = network.PredictionLayers;
        var architecture = network.Architecture;
        _isSparse = architecture.HasSparseInputs;
        _isOnInputs = architecture.Posterior.IsOnInputs();
        _rowTask = MultiplyRowTask;
        _noises = [.. _layers.Select(layer => _isOnInputs ? new InputNoise<TLanes, float>(architecture.Posterior, layer.LogVariance) : default)];
        int[] units = [_isSparse ? 1 : architecture.InputSize, .. architecture.HiddenLayerSizes, architecture.OutputSize];
        _widest = BlockedMatrix.PadToBlock(units.Max());
        _blockRows = BlockRows(architecture);
        _firstStride = StrideOf(units.Where((_, l) => l % 2 == 0).Max());
        _secondStride = StrideOf(units.Where((_, l) => l % 2 == 1).Max());
        _first = CreateActivations(_firstStride);
        _second = CreateActivations(_secondStride);
        BeginPass();
        _outputs = _output;

        int inputs = _isSparse ? 0 : architecture.InputSize;
        _inputMeans = new AlignedBuffer<float>(BlockedMatrix.PadToBlock(inputs));
        _inputScales = new AlignedBuffer<float>(BlockedMatrix.PadToBlock(inputs));
        _inputLowest = new AlignedBuffer<float>(BlockedMatrix.PadToBlock(inputs));
        _inputHighest = new AlignedBuffer<float>(BlockedMatrix.PadToBlock(inputs));
        float limit = network.Scaling is null ? FeatureScaling.UnscaledLimit : FeatureScaling.Limit;
        _inputLowest.Span.Fill(-limit);
        _inputHighest.Span.Fill(limit);
        _outlierThreshold = network.Scaling?.OutlierThreshold ?? 0;
        _inputScales.Span.Fill(1);
        if (network.Scaling is { } scaling && inputs > 0)
        {
            scaling.Means.CopyTo(_inputMeans.Span);
            scaling.Scales.CopyTo(_inputScales.Span);
            scaling.Lowest?.CopyTo(_inputLowest.Span);
            scaling.Highest?.CopyTo(_inputHighest.Span);
        }

        if (_isSparse)
        {
            _sparseRows = new SparseRow[Capacity];
            Array.Fill(_sparseRows, new SparseRow(0));
            _positions = CreatePositions(network);
        }
    }

    public override void Run(FeatureBlock features, int first, int rows, WorkerTeam? team = null)
    {
        if (rows == 1)
        {
            RunSingleRow(features, first, team);
        }
        else
        {
            LoadRows(features, first, rows);
            for (int l = 0; l < _layers.Count; l++)
                ForwardLayer(l, rows, isNoisy: false, seed: 0);
        }

        GC.KeepAlive(this);
    }

    private static nint StrideOf(int units) => (nint)(BlockedMatrix.PadToBlock(units) + 1) * BlockedMatrix.Width;

    private AlignedBuffer<float> CreateActivations(nint stride) => new(_blockRows / BlockedMatrix.Width * (long)stride);

    private void BeginPass()
    {
        _input = _first.Pointer;
        _output = _second.Pointer;
        _inputStride = _firstStride;
        _outputStride = _secondStride;
    }

    /// <summary>Standardised features of the rows, to the input of the first layer.</summary>
    private void LoadRows(FeatureBlock features, int first, int rows)
    {
        BeginPass();
        if (_isSparse)
        {
            for (int i = 0; i < rows; i++)
                SetSparseRow(i, features, first + i);
            return;
        }

        for (int row = 0; row < rows; row += BlockedMatrix.Width)
            LoadTiles(features, first + row, Math.Min(BlockedMatrix.Width, rows - row), _input + (row / BlockedMatrix.Width * _inputStride));
    }

    /// <summary>Up to 16 rows of a dense block, [input][16 rows]; rows that are missing are zero.</summary>
    [SkipLocalsInit]
    private void LoadTiles(FeatureBlock features, int first, int rows, float* destination)
    {
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        new Span<float>(tile + (rows * BlockedMatrix.Width), (BlockedMatrix.Width - rows) * BlockedMatrix.Width).Clear();
        for (int input = 0; input < _layers[0].Inputs; input += BlockedMatrix.Width)
        {
            for (int r = 0; r < rows; r++)
                LoadInputs(features, first + r, input, tile + (r * BlockedMatrix.Width));
            TLanes.Transpose(tile, destination + (input * BlockedMatrix.Width));
        }
    }

    /// <summary>Sixteen standardised inputs of a row; NaN stays NaN, and what stands behind the last input is of no consequence.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadInputs(FeatureBlock block, int row, int input, float* destination)
    {
        float* source = block.DensePointer(row) + input;
        float* selected = stackalloc float[BlockedMatrix.Width];
        if (_network.InputFeatures is int[] features)
        {
            int count = Math.Min(BlockedMatrix.Width, features.Length - input);
            new Span<float>(selected + count, BlockedMatrix.Width - count).Clear();
            source -= input;
            for (int i = 0; i < count; i++)
                selected[i] = source[features[input + i]];
            source = selected;
        }

        TLanes threshold = TLanes.Create(_outlierThreshold);
        bool compresses = _outlierThreshold > 0;
        for (int i = 0; i < BlockedMatrix.Width; i += TLanes.Count)
        {
            TLanes highest = TLanes.Load(_inputHighest.Pointer + input + i), lowest = TLanes.Load(_inputLowest.Pointer + input + i);
            var value = (TLanes.Load(source + i) - TLanes.Load(_inputMeans.Pointer + input + i)) * TLanes.Load(_inputScales.Pointer + input + i);
            value = TLanes.SelectGreater(value, highest, highest, value);
            value = TLanes.SelectGreater(lowest, value, lowest, value);
            TLanes.Store(compresses ? OutlierCompression<TLanes, float>.Evaluate(value, threshold) : value, destination + i);
        }
    }

    /// <summary>One layer over the rows; its outputs are the next layer's input.</summary>
    private void ForwardLayer(int index, int rows, bool isNoisy, uint seed)
    {
        PredictionLayer layer = _layers[index];
        int blocks = BlockedMatrix.PanelCount(rows);
        for (int panel = 0; panel < layer.Weights.Panels; panel++)
        {
            int units = UnitsOf(layer, panel);
            float* destination = _output + (panel * BlockedMatrix.BlockSize);
            MultiplyInput(index, layer.Weights, panel, units, blocks, destination, _outputStride);
            if (isNoisy)
                AddOutputNoise(index, panel, units, blocks, seed, destination);
            else
                Finish(index, panel, units, blocks, destination);
        }

        EndLayer();
    }

    /// <summary>What was written becomes the next layer's input, and for now the outputs.</summary>
    private void EndLayer()
    {
        float* written = _output;
        nint stride = _outputStride;
        _output = _input;
        _outputStride = _inputStride;
        _input = _outputs = written;
        _inputStride = _outputsStride = stride;
        _outputStep = BlockedMatrix.Width;
    }

    private static int UnitsOf(PredictionLayer layer, int panel) => Math.Min(BlockedMatrix.Width, layer.Outputs - (panel * BlockedMatrix.Width));

    /// <summary>A matrixᵀ for a panel of its columns and some 16 rows of A, the layer's input: tiles of [units][16 rows].</summary>
    private void MultiplyInput(int index, BlockedMatrix<float> matrix, int panel, int units, int blocks, float* destination, nint destinationStride)
    {
        if (index == 0 && _isSparse)
            MultiplySparse(matrix, panel, blocks, destination, destinationStride);
        else
            Multiply(_input, matrix, panel, units, blocks, destination, destinationStride);
    }

    private void Multiply(float* left, BlockedMatrix<float> matrix, int panel, int units, int blocks, float* destination, nint destinationStride)
    {
        if (units < BlockedMatrix.Width)
            NarrowProduct<TLanes, float>.Multiply(matrix.At(panel, 0), units, left, _inputStride, blocks, matrix.Rows, destination, destinationStride);
        else
            MultiplyWholePanel(left, matrix, panel, blocks, destination, destinationStride);
    }

    /// <summary>A panel of sixteen units; of a large matrix the next one is asked for meanwhile.</summary>
    [SkipLocalsInit]
    private void MultiplyWholePanel(float* left, BlockedMatrix<float> matrix, int panel, int blocks, float* destination, nint destinationStride)
    {
        const int Runs = 128;
        byte** runs = stackalloc byte*[Runs];
        var ahead = new PrefetchQueue(runs, Runs);
        bool isLarge = sizeof(float) * (long)matrix.Buffer.Length > LargeLayer && panel + 1 < matrix.Panels;
        if (isLarge)
        {
            ahead.Add(matrix.At(panel + 1, 0), sizeof(float) * (long)matrix.PanelStride);
            ahead.Spread(TileProduct<TLanes, float>.StepsOf(blocks, matrix.Rows));
        }

        TileProduct<TLanes, float>.MultiplyTransposed(matrix.At(panel, 0), left, _inputStride, blocks, matrix.Rows, destination, destinationStride, isLarge ? &ahead : null);
    }

    /// <summary>f(Γ + b), in place.</summary>
    private void Finish(int index, int panel, int units, int blocks, float* tiles)
    {
        float* bias = _layers[index].Biases.Pointer + (panel * BlockedMatrix.Width);
        for (int block = 0; block < blocks; block++)
        {
            float* tile = tiles + (block * _outputStride);
            if (index < _layers.Count - 1)
                Activations<TLanes, float>.AddAndApply(_network.Architecture.Activation, tile, bias, units);
            else
                AddBias(tile, bias, units);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddBias(float* tile, float* bias, int units)
    {
        for (int unit = 0; unit < units; unit++)
        {
            var b = TLanes.Create(bias[unit]);
            for (int i = 0; i < BlockedMatrix.Width; i += TLanes.Count)
                TLanes.Store(TLanes.Load(tile + (unit * BlockedMatrix.Width) + i) + b, tile + (unit * BlockedMatrix.Width) + i);
        }
    }

    private void Activate(int index, float* tile, int units)
    {
        if (index < _layers.Count - 1)
            Activations<TLanes, float>.Apply(_network.Architecture.Activation, tile, null, units * BlockedMatrix.Width);
    }
}
