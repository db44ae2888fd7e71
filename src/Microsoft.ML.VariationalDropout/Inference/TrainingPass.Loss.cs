using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <content>From the network's outputs to the log-likelihood and its gradient.</content>
internal sealed unsafe partial class TrainingPass<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    private void WeighTile(int worker, int tile)
    {
        int row = tile * BlockedMatrix.Width, count = _likelihood.RowWeightCount;
        Span<double> outputs = _rowOutputs[worker];
        Span<double> sums = _tileRowWeights.AsSpan(tile * count, count);
        sums.Clear();
        for (int i = row; i < Math.Min(_rows, row + BlockedMatrix.Width); i++)
        {
            ReadOutputs(i, outputs);
            _likelihood.AddRowWeights(outputs, _data.Weight((int)_rowIds.Pointer[i]), sums);
        }
    }

    private void ReadOutputs(int row, Span<double> outputs)
    {
        for (int k = 0; k < outputs.Length; k++)
            outputs[k] = Number<T>.ToDouble(_outputs.At(k / BlockedMatrix.Width, row)[k % BlockedMatrix.Width]);
    }

    private void DifferentiateTile(int worker, int tile)
    {
        int row = tile * BlockedMatrix.Width;
        _tileLogLikelihoods[tile] = _architecture.Likelihood == Likelihood.Categorical ? DifferentiateClasses(worker, row) : DifferentiateRows(worker, row);
        if (_consumer is null)
            return;
        var layer = _layers[^1];
        for (int panel = 0; panel < layer.OutputPanels; panel++)
            layer.StoreOutputGradient(panel, row, _outputs.At(panel, row));
    }

    /// <summary>The categorical likelihood, 16 rows at a time.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double DifferentiateClasses(int worker, int row)
    {
        T* labels = stackalloc T[BlockedMatrix.Width];
        T* scales = stackalloc T[BlockedMatrix.Width];
        T* logLikelihoods = stackalloc T[BlockedMatrix.Width];
        for (int i = 0; i < BlockedMatrix.Width; i++)
        {
            bool isRow = row + i < _rows;
            labels[i] = Number<T>.FromDouble(isRow ? _data.Label((int)_rowIds.Pointer[row + i]) : 0);
            scales[i] = Number<T>.FromDouble(isRow ? _data.Weight((int)_rowIds.Pointer[row + i]) * _rowScale : 0);
        }

        CategoricalTile<TLanes, T>.Differentiate(
            _outputs.At(0, row), _outputs.PanelStride, _architecture.OutputSize, labels, scales, SmallestError, _scratch[worker].Pointer, logLikelihoods);
        double logLikelihood = 0;
        for (int i = 0; i < Math.Min(BlockedMatrix.Width, _rows - row); i++)
            logLikelihood += _data.Weight((int)_rowIds.Pointer[row + i]) * Number<T>.ToDouble(logLikelihoods[i]);
        return logLikelihood;
    }

    /// <summary>Any likelihood, one row after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double DifferentiateRows(int worker, int row)
    {
        int size = _architecture.OutputSize, noiseCount = _logNoiseVariances.Length;
        Span<double> outputs = _rowOutputs[worker];
        Span<double> noiseGradient = _tileNoiseGradients.AsSpan(row / BlockedMatrix.Width * noiseCount, noiseCount);
        noiseGradient.Clear();
        double logLikelihood = 0;
        for (int i = 0; i < BlockedMatrix.Width; i++)
        {
            ReadOutputs(row + i, outputs);
            double scale = 0;
            if (row + i < _rows)
            {
                int id = (int)_rowIds.Pointer[row + i];
                double weight = _data.Weight(id);
                scale = weight * _rowScale;
                logLikelihood += weight * _likelihood.Differentiate(outputs, _data.Labels(id), scale, noiseGradient);
            }
            else
            {
                outputs.Clear();
            }

            double smallest = SmallestError * scale;
            for (int k = 0; k < size; k++)
                _outputs.At(k / BlockedMatrix.Width, row + i)[k % BlockedMatrix.Width] = Number<T>.FromDouble(Math.Abs(outputs[k]) < smallest ? 0 : outputs[k]);
        }

        return logLikelihood;
    }

    private void SetMeanRowWeights(int tiles)
    {
        double weight = 0;
        for (int i = 0; i < _rows; i++)
            weight += _data.Weight((int)_rowIds.Pointer[i]);
        Span<double> means = stackalloc double[_likelihood.RowWeightCount];
        means.Clear();
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int t = 0; t < means.Length; t++)
                means[t] += _tileRowWeights[(tile * means.Length) + t];
        }

        for (int t = 0; t < means.Length; t++)
            means[t] = weight > 0 ? means[t] / weight : 1;
        _likelihood.SetMeanRowWeights(means);
    }

    private void AcceptNoiseGradient(int tiles, GradientConsumer<T> consumer)
    {
        int count = _logNoiseVariances.Length;
        for (int t = 0; t < count; t++)
        {
            double sum = 0;
            for (int tile = 0; tile < tiles; tile++)
                sum += _tileNoiseGradients[(tile * count) + t];
            _noiseGradient.Pointer[t] = Number<T>.FromDouble(sum);
        }

        consumer.Accept(LogNoiseVariances, 0, _noiseGradient.Pointer, _noiseGradient.Length);
    }
}
