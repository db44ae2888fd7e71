using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Moment propagation: every unit's input has a mean μ and a variance ν; a layer makes μθ + b of the mean, and of the variance
/// νθ² + (μ² + ν)σ² with noise on every weight, (ν + α(μ² + ν))θ² with noise on the inputs, νθ² without noise; the activation's moments are
/// those of a Gaussian (see <see cref="ActivationMoments"/>).
/// </summary>
/// <remarks>
/// The covariance between units of a layer is neglected. With one hidden layer and independent noise there is none; elsewhere it is an
/// approximation (compare Wang and Manning 2013; Wu et al. 2019).
/// </remarks>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    /// <summary>Variances beside the activations, in the same form and with the same turns; made at the first pass.</summary>
    private AlignedBuffer<float>? _firstVariances;
    private AlignedBuffer<float>? _secondVariances;

    /// <summary>What is multiplied with σ² or θ² for the part of the variance that comes from the layer's own noise.</summary>
    private AlignedBuffer<float>? _noiseFactors;
    private float* _inputVariance;
    private float* _outputVariance;

    public override void RunMoments(FeatureBlock features, int first, int rows)
    {
        _firstVariances ??= CreateActivations(_firstStride);
        _secondVariances ??= CreateActivations(_secondStride);
        _noiseFactors ??= CreateActivations(Math.Max(_firstStride, _secondStride));
        LoadRows(features, first, rows);
        _inputVariance = _firstVariances.Pointer;
        _outputVariance = _secondVariances.Pointer;

        // Features are known exactly; the pass before has left its variances here.
        int blocks = BlockedMatrix.PanelCount(rows);
        for (int block = 0; block < blocks && !_isSparse; block++)
            new Span<float>(_inputVariance + (block * _inputStride), _layers[0].Inputs * BlockedMatrix.Width).Clear();
        for (int l = 0; l < _layers.Count; l++)
        {
            PredictionLayer layer = _layers[l];
            if (l > 0 || !_isSparse)
                FillNoiseFactors(layer, blocks);
            for (int panel = 0; panel < layer.Weights.Panels; panel++)
            {
                ForwardMoments(l, layer, panel, blocks);
                if (l < _layers.Count - 1)
                    PropagateActivation(layer, panel, rows);
            }

            EndLayer();
            float* written = _outputVariance;
            _outputVariance = _inputVariance;
            _inputVariance = written;
        }

        GC.KeepAlive(this);
    }

    public override void GetOutputVariances(int index, Span<double> destination)
    {
        float* source = _inputVariance + (index / BlockedMatrix.Width * _outputsStride) + (index % BlockedMatrix.Width);
        for (int k = 0; k < destination.Length; k++)
            destination[k] = source[k * BlockedMatrix.Width];
        GC.KeepAlive(this);
    }

    /// <summary>μ² + ν for noise on every weight, ν + α(μ² + ν) for noise on the inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillNoiseFactors(PredictionLayer layer, int blocks)
    {
        for (int block = 0; block < blocks; block++)
        {
            nint start = block * _inputStride;
            for (int i = 0; i < layer.Inputs * BlockedMatrix.Width; i += TLanes.Count)
            {
                var m = TLanes.Load(_input + start + i);
                var v = TLanes.Load(_inputVariance + start + i);
                var square = TLanes.MultiplyAdd(m, m, v);
                if (_isOnInputs)
                    square = TLanes.MultiplyAdd(TLanes.Create(layer.InputVariances.Pointer[i / BlockedMatrix.Width]), square, v);
                TLanes.Store(square, _noiseFactors!.Pointer + start + i);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardMoments(int index, PredictionLayer layer, int panel, int blocks)
    {
        int units = UnitsOf(layer, panel);
        float* mean = _output + (panel * BlockedMatrix.BlockSize);
        float* variance = _outputVariance + (panel * BlockedMatrix.BlockSize);
        MultiplyInput(index, layer.Weights, panel, units, blocks, mean, _outputStride);
        for (int block = 0; block < blocks; block++)
            AddBias(mean + (block * _outputStride), layer.Biases.Pointer + (panel * BlockedMatrix.Width), units);

        bool isNoisy = _network.Architecture.Posterior.IsNoisy();
        if (!isNoisy && index == 0)
        {
            for (int block = 0; block < blocks; block++)
                new Span<float>(variance + (block * _outputStride), BlockedMatrix.BlockSize).Clear();
            return;
        }

        BlockedMatrix<float> matrix = IsOnOutputs ? layer.Variances : layer.SquaredWeights;
        if (index == 0 && _isSparse)
        {
            MultiplySparseSquares(matrix, panel, blocks, variance, _outputStride);
            return;
        }

        Multiply(isNoisy ? _noiseFactors!.Pointer : _inputVariance, matrix, panel, units, blocks, variance, _outputStride);
        if (index == 0 || !IsOnOutputs)
            return;

        float* passed = stackalloc float[Blocks * BlockedMatrix.BlockSize];
        Multiply(_inputVariance, layer.SquaredWeights, panel, units, blocks, passed, BlockedMatrix.BlockSize);
        for (int block = 0; block < blocks; block++)
        {
            float* sum = variance + (block * _outputStride);
            for (int i = 0; i < units * BlockedMatrix.Width; i += TLanes.Count)
                TLanes.Store(TLanes.Load(sum + i) + TLanes.Load(passed + (block * BlockedMatrix.BlockSize) + i), sum + i);
        }
    }

    private void PropagateActivation(PredictionLayer layer, int panel, int rows)
    {
        int units = UnitsOf(layer, panel);
        for (int row = 0; row < rows; row++)
        {
            nint place = (row / BlockedMatrix.Width * _outputStride) + (panel * BlockedMatrix.BlockSize) + (row % BlockedMatrix.Width);
            float* mean = _output + place;
            float* variance = _outputVariance + place;
            for (int i = 0; i < units * BlockedMatrix.Width; i += BlockedMatrix.Width)
            {
                ActivationMoments.Propagate(_network.Architecture.Activation, mean[i], variance[i], out double resultMean, out double resultVariance);
                mean[i] = (float)resultMean;
                variance[i] = (float)resultVariance;
            }
        }
    }
}
