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
    /// <summary>Made at the first pass: _variances[l] are those of the inputs of layer l, the last ones those of the outputs.</summary>
    private BlockedMatrix<float>[] _variances = [];

    /// <summary>What is multiplied with σ² or θ² for the part of the variance that comes from the layer's own noise.</summary>
    private BlockedMatrix<float>[] _noiseFactors = [];

    public override void RunMoments(int rows)
    {
        if (_variances.Length == 0)
        {
            _variances = [.. _activations.Select(matrix => new BlockedMatrix<float>(matrix.Rows, matrix.Columns))];
            _noiseFactors = [.. _activations.Select(matrix => new BlockedMatrix<float>(matrix.Rows, matrix.Columns))];
        }

        int padded = BlockedMatrix.PadToBlock(rows);
        for (int l = 0; l < _layers.Count; l++)
        {
            if (l > 0 || !_isSparse)
                FillNoiseFactors(l, padded);
            for (int panel = 0; panel < _layers[l].Weights.Panels; panel++)
            {
                for (int row = 0; row < padded; row += BlockedMatrix.Width)
                {
                    ForwardMoments(l, _layers[l], panel, row);
                    if (l < _layers.Count - 1)
                        PropagateActivation(l, panel, row, Math.Min(BlockedMatrix.Width, rows - row));
                }
            }
        }

        GC.KeepAlive(this);
    }

    public override void GetOutputVariances(int index, Span<double> destination)
    {
        for (int k = 0; k < destination.Length; k++)
            destination[k] = _variances[^1][index, k];
    }

    /// <summary>μ² + ν for noise on every weight, ν + α(μ² + ν) for noise on the inputs.</summary>
    private void FillNoiseFactors(int index, int rows)
    {
        var means = _activations[index];
        for (int panel = 0; panel < means.Panels; panel++)
        {
            float* mean = means.At(panel, 0);
            float* variance = _variances[index].At(panel, 0);
            float* factor = _noiseFactors[index].At(panel, 0);
            float* alpha = _isOnInputs ? _layers[index].InputVariances.Pointer + (panel * BlockedMatrix.Width) : null;
            for (int i = 0; i < rows * BlockedMatrix.Width; i += TLanes.Count)
            {
                var m = TLanes.Load(mean + i);
                var v = TLanes.Load(variance + i);
                var square = TLanes.MultiplyAdd(m, m, v);
                TLanes.Store(alpha == null ? square : TLanes.MultiplyAdd(TLanes.Load(alpha + (i % BlockedMatrix.Width)), square, v), factor + i);
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardMoments(int index, PredictionLayer layer, int panel, int row)
    {
        float* mean = _activations[index + 1].At(panel, row);
        float* variance = _variances[index + 1].At(panel, row);
        float* bias = layer.Biases.Pointer + (panel * BlockedMatrix.Width);
        Multiply(index, layer, panel, row, mean);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(mean + i) + TLanes.Load(bias + (i % BlockedMatrix.Width)), mean + i);

        bool isNoisy = _network.Architecture.Posterior.IsNoisy();
        if (!isNoisy && index == 0)
        {
            new Span<float>(variance, BlockedMatrix.BlockSize).Clear();
            return;
        }

        var matrix = isNoisy && !_isOnInputs ? layer.Variances : layer.SquaredWeights;
        if (index == 0 && _isSparse)
        {
            MultiplySparseSquares(matrix, panel, row, variance);
            return;
        }

        var factors = isNoisy ? _noiseFactors[index] : _variances[index];
        TileProduct<TLanes, float>.Multiply(factors.At(0, row), factors.PanelStride, matrix.At(panel, 0), layer.Inputs, variance);
        if (index == 0 || !isNoisy || _isOnInputs)
            return;

        float* passed = stackalloc float[BlockedMatrix.BlockSize];
        TileProduct<TLanes, float>.Multiply(_variances[index].At(0, row), _variances[index].PanelStride, layer.SquaredWeights.At(panel, 0), layer.Inputs, passed);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
            TLanes.Store(TLanes.Load(variance + i) + TLanes.Load(passed + i), variance + i);
    }

    private void PropagateActivation(int index, int panel, int row, int rows)
    {
        float* mean = _activations[index + 1].At(panel, row);
        float* variance = _variances[index + 1].At(panel, row);
        int columns = Math.Min(BlockedMatrix.Width, _layers[index].Outputs - (panel * BlockedMatrix.Width));
        for (int r = 0; r < rows; r++)
        {
            for (int column = 0; column < columns; column++)
            {
                int i = (r * BlockedMatrix.Width) + column;
                ActivationMoments.Propagate(_network.Architecture.Activation, mean[i], variance[i], out double resultMean, out double resultVariance);
                mean[i] = (float)resultMean;
                variance[i] = (float)resultVariance;
            }
        }
    }
}
