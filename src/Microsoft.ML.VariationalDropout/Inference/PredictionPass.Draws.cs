using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Draws of the network. What the first layer reads of a row is computed once, and all draws of the row take it from there: Γ = Aθ + b and
/// sqrt(A²σ² + ε) where every weight has noise of its own, A elsewhere.
/// </summary>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    private readonly AlignedBuffer<uint> _samples = new(Capacity);
    private readonly int[] _drawnRows = new int[Capacity];
    private readonly InputNoise<TLanes, float>[] _noises;

    /// <summary>Of the prepared rows, [rows of a block × units]: Γ and sqrt(Δ + ε) of the first layer, or its input A alone; made at the first draws.</summary>
    private BlockedMatrix<float>? _prepared;
    private BlockedMatrix<float>? _preparedDeviations;
    private FeatureBlock? _preparedFeatures;
    private int _preparedFirst;

    /// <summary>A² in the form of the activations; made at the first draws that need it.</summary>
    private AlignedBuffer<float>? _squares;

    private bool IsOnOutputs => !_isOnInputs && _network.Architecture.Posterior.IsNoisy();

    public override void PrepareDraws(FeatureBlock features, int first, int rows)
    {
        _preparedFeatures = features;
        _preparedFirst = first;
        if (IsOnOutputs)
            PrepareOutputs(features, first, rows);
        else if (!_isSparse)
            PrepareInputs(features, first, rows);
        GC.KeepAlive(this);
    }

    public override void SetDraw(int index, int row, uint sample)
    {
        _samples.Pointer[index] = sample;
        _drawnRows[index] = row;
        if (_isSparse && !IsOnOutputs)
            SetSparseRow(index, _preparedFeatures!, _preparedFirst + row);
    }

    public override void RunDraws(int draws, uint seed)
    {
        for (int i = draws; i < BlockedMatrix.PadToBlock(draws); i++)
        {
            // Rows that fill the last tile: whatever they are, nobody reads what becomes of them.
            _samples.Pointer[i] = 0;
            _drawnRows[i] = 0;
        }

        BeginPass();
        int blocks = BlockedMatrix.PanelCount(draws), next = 0;
        bool isNoisy = _network.Architecture.Posterior.IsNoisy();
        if (IsOnOutputs)
        {
            DrawFirstOutputs(blocks, seed);
            next = 1;
        }
        else if (_isSparse && isNoisy)
        {
            ScaleSparseRows(draws, seed);
        }
        else if (!_isSparse)
        {
            DrawFirstInputs(blocks, isNoisy, seed);
        }

        for (int l = next; l < _layers.Count; l++)
        {
            if (IsOnOutputs)
                SquareInputs(_layers[l], blocks);
            else if (isNoisy && l > 0)
                ScaleInputs(l, blocks, seed);
            ForwardLayer(l, draws, IsOnOutputs, seed);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Γ and sqrt(Δ + ε) of the first layer for the rows.</summary>
    [SkipLocalsInit]
    private void PrepareOutputs(FeatureBlock features, int first, int rows)
    {
        PredictionLayer layer = _layers[0];
        _prepared ??= new BlockedMatrix<float>(_blockRows, layer.Outputs);
        _preparedDeviations ??= new BlockedMatrix<float>(_blockRows, layer.Outputs);
        LoadRows(features, first, rows);
        int blocks = BlockedMatrix.PanelCount(rows);
        if (!_isSparse)
            SquareInputs(layer, blocks);
        float* means = stackalloc float[Blocks * BlockedMatrix.BlockSize];
        float* deviations = stackalloc float[Blocks * BlockedMatrix.BlockSize];
        for (int panel = 0; panel < layer.Weights.Panels; panel++)
        {
            int units = UnitsOf(layer, panel);
            MultiplyInput(0, layer.Weights, panel, units, blocks, means, BlockedMatrix.BlockSize);
            MultiplyVariances(0, panel, units, blocks, deviations);
            for (int block = 0; block < blocks; block++)
            {
                float* mean = means + (block * BlockedMatrix.BlockSize);
                float* deviation = deviations + (block * BlockedMatrix.BlockSize);
                AddBias(mean, layer.Biases.Pointer + (panel * BlockedMatrix.Width), units);
                ToDeviations(deviation, units);
                TLanes.Transpose(mean, _prepared.At(panel, block * BlockedMatrix.Width));
                TLanes.Transpose(deviation, _preparedDeviations.At(panel, block * BlockedMatrix.Width));
            }
        }
    }

    /// <summary>A of the first layer for the rows.</summary>
    private void PrepareInputs(FeatureBlock features, int first, int rows)
    {
        _prepared ??= new BlockedMatrix<float>(_blockRows, _layers[0].Inputs);
        for (int i = 0; i < rows; i++)
        {
            for (int panel = 0; panel < _prepared.Panels; panel++)
                LoadInputs(features, first + i, panel * BlockedMatrix.Width, _prepared.At(panel, i));
        }
    }

    /// <summary>f(Γ + sqrt(Δ + ε) ζ), Γ and Δ those of the prepared rows.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DrawFirstOutputs(int blocks, uint seed)
    {
        PredictionLayer layer = _layers[0];
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        float* zeta = stackalloc float[BlockedMatrix.BlockSize];
        for (int panel = 0; panel < layer.Weights.Panels; panel++)
        {
            int units = UnitsOf(layer, panel);
            for (int block = 0; block < blocks; block++)
            {
                int row = block * BlockedMatrix.Width;
                TLanes.FillNormals(Counters(0, panel, row, units, seed), zeta);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    int drawn = _drawnRows[row + (i / BlockedMatrix.Width)], unit = i % BlockedMatrix.Width;
                    var mean = TLanes.Load(_prepared!.At(panel, drawn) + unit);
                    var deviation = TLanes.Load(_preparedDeviations!.At(panel, drawn) + unit);
                    TLanes.Store(TLanes.MultiplyAdd(deviation, TLanes.Load(zeta + i), mean), tile + i);
                }

                float* destination = _output + (block * _outputStride) + (panel * BlockedMatrix.BlockSize);
                TLanes.Transpose(tile, destination);
                Activate(0, destination, units);
            }
        }

        EndLayer();
    }

    /// <summary>A s of the first layer, or A without noise, A that of the prepared rows; s = 1 + n (see <see cref="InputNoise{TLanes, T}"/>), drawn for (sample, 0, input).</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DrawFirstInputs(int blocks, bool isNoisy, uint seed)
    {
        PredictionLayer layer = _layers[0];
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        float* xi = stackalloc float[BlockedMatrix.BlockSize];
        InputNoise<TLanes, float> noise = _noises[0];
        for (int panel = 0; panel < _prepared!.Panels; panel++)
        {
            for (int block = 0; block < blocks; block++)
            {
                int row = block * BlockedMatrix.Width;
                if (isNoisy)
                    TLanes.FillNormals(Counters(0, panel, row, BlockedMatrix.Width, seed), xi);
                for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
                {
                    int unit = i % BlockedMatrix.Width;
                    var a = TLanes.Load(_prepared.At(panel, _drawnRows[row + (i / BlockedMatrix.Width)]) + unit);

                    // Rounded as in training: n, s = 1 + n, A s.
                    if (isNoisy)
                        a *= TLanes.Create(1.0) + noise.Draw(TLanes.Load(layer.InputStandardDeviations.Pointer + (panel * BlockedMatrix.Width) + unit), TLanes.Load(xi + i));
                    TLanes.Store(a, tile + i);
                }

                TLanes.Transpose(tile, _input + (block * _inputStride) + (panel * BlockedMatrix.BlockSize));
            }
        }
    }

    /// <summary>f(Γ + b + sqrt(A²σ² + ε) ζ) for the tiles Γ, in place.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOutputNoise(int index, int panel, int units, int blocks, uint seed, float* tiles)
    {
        float* deviations = stackalloc float[Blocks * BlockedMatrix.BlockSize];
        float* normals = stackalloc float[BlockedMatrix.BlockSize];
        float* zeta = stackalloc float[BlockedMatrix.BlockSize];
        MultiplyVariances(index, panel, units, blocks, deviations);
        for (int block = 0; block < blocks; block++)
        {
            float* tile = tiles + (block * _outputStride);
            float* deviation = deviations + (block * BlockedMatrix.BlockSize);
            AddBias(tile, _layers[index].Biases.Pointer + (panel * BlockedMatrix.Width), units);
            ToDeviations(deviation, units);
            TLanes.FillNormals(Counters(index, panel, block * BlockedMatrix.Width, units, seed), normals);
            TLanes.Transpose(normals, zeta);
            for (int i = 0; i < units * BlockedMatrix.Width; i += TLanes.Count)
                TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(deviation + i), TLanes.Load(zeta + i), TLanes.Load(tile + i)), tile + i);
            Activate(index, tile, units);
        }
    }

    /// <summary>Δ = A²σ² for tiles; the squares have been made, but for sparse rows.</summary>
    private void MultiplyVariances(int index, int panel, int units, int blocks, float* destination)
    {
        BlockedMatrix<float> variances = _layers[index].Variances;
        if (index == 0 && _isSparse)
            MultiplySparseSquares(variances, panel, blocks, destination, BlockedMatrix.BlockSize);
        else
            Multiply(_squares!.Pointer, variances, panel, units, blocks, destination, BlockedMatrix.BlockSize);
    }

    /// <summary>sqrt(Δ + ε), in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToDeviations(float* tile, int units)
    {
        var epsilon = TLanes.Create(DenseLayer<TLanes, float>.VarianceEpsilon);
        for (int i = 0; i < units * BlockedMatrix.Width; i += TLanes.Count)
            TLanes.Store(TLanes.Sqrt(TLanes.Load(tile + i) + epsilon), tile + i);
    }

    /// <summary>A ← A s for a layer behind the first, drawn for (sample, layer, unit).</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleInputs(int index, int blocks, uint seed)
    {
        PredictionLayer layer = _layers[index];
        float* normals = stackalloc float[BlockedMatrix.BlockSize];
        float* xi = stackalloc float[BlockedMatrix.BlockSize];
        InputNoise<TLanes, float> noise = _noises[index];
        for (int panel = 0; panel * BlockedMatrix.Width < layer.Inputs; panel++)
        {
            int units = Math.Min(BlockedMatrix.Width, layer.Inputs - (panel * BlockedMatrix.Width));
            float* deviations = layer.InputStandardDeviations.Pointer + (panel * BlockedMatrix.Width);
            for (int block = 0; block < blocks; block++)
            {
                TLanes.FillNormals(Counters(index, panel, block * BlockedMatrix.Width, units, seed), normals);
                TLanes.Transpose(normals, xi);
                float* tile = _input + (block * _inputStride) + (panel * BlockedMatrix.BlockSize);
                for (int i = 0; i < units * BlockedMatrix.Width; i += TLanes.Count)
                {
                    // Rounded as in training: n, s = 1 + n, A s.
                    var n = noise.Draw(TLanes.Create(deviations[i / BlockedMatrix.Width]), TLanes.Load(xi + i));
                    TLanes.Store(TLanes.Load(tile + i) * (TLanes.Create(1.0) + n), tile + i);
                }
            }
        }
    }

    private void SquareInputs(PredictionLayer layer, int blocks)
    {
        _squares ??= CreateActivations(Math.Max(_firstStride, _secondStride));
        for (int block = 0; block < blocks; block++)
            Square(_input + (block * _inputStride), _squares.Pointer + (block * _inputStride), layer.Inputs * BlockedMatrix.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Square(float* source, float* destination, int count)
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            var value = TLanes.Load(source + i);
            TLanes.Store(value * value, destination + i);
        }
    }

    private NoiseCounters Counters(int layer, int panel, int row, int units, uint seed)
        => new() { Seed = seed, Stream = NoiseStream.PredictionNoise, Layer = (uint)layer, Panel = (uint)panel, Rows = _samples.Pointer + row, Units = units };
}
