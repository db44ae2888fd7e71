using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

internal sealed unsafe partial class DenseLayer<TLanes, T>
{
    private readonly WeightDivergence _divergence;

    /// <summary>Σ θ² + σ² of each block of weights, [panel][block], as the last step found them: what empirical Bayes takes τ² from.</summary>
    private readonly double[] _squareSums;
    private double _priorVariance = 1;

    /// <summary>How many independent noise variables share one α: each brings a divergence of its own.</summary>
    public double TermsPerLogVariance => (Posterior.IsOnInputs(), Sharing) switch
    {
        (true, DropoutVarianceSharing.Layer) => Inputs,
        (true, _) => 1,
        (_, DropoutVarianceSharing.Layer) => (double)Inputs * Outputs,
        (_, DropoutVarianceSharing.InputUnit) => Outputs,
        (_, DropoutVarianceSharing.OutputUnit) => Inputs,
        _ => 1,
    };

    /// <summary>The layer's divergence from the prior in nats: a sum over its independent noise variables. Empirical Bayes: at the τ² of the step.</summary>
    public double KullbackLeibler()
    {
        if (!IsLearned)
            return 0;

        double sum = 0;
        if (Posterior == WeightPosterior.Gaussian)
        {
            for (int i = 0; i < Inputs; i++)
            {
                for (int j = 0; j < Outputs; j++)
                    sum += _divergence.GaussianValue(Number<T>.ToDouble(WeightMatrix[i, j]), Number<T>.ToDouble(_logVarianceMatrix![i, j]), _priorVariance);
            }

            return sum;
        }

        for (int n = 0; n < LogVarianceCount; n++)
            sum += _divergence.Value(Number<T>.ToDouble(LogVarianceAt(LogVariances.Values, n)));
        return sum * TermsPerLogVariance;
    }

    /// <summary>The same for parameters that were saved from this layer, averaged or not. Empirical Bayes: at the optimum τ².</summary>
    public double KullbackLeibler(TrainedLayer saved)
    {
        if (!IsLearned)
            return 0;
        if (Posterior != WeightPosterior.Gaussian)
            return TermsPerLogVariance * saved.LogVariances.Sum(value => _divergence.Value(value));

        double squares = 0;
        if (_divergence.IsEmpirical)
        {
            for (int n = 0; n < saved.Weights.Length; n++)
                squares += ((double)saved.Weights[n] * saved.Weights[n]) + Math.Exp(saved.LogVariances[n]);
        }

        return _divergence.SumGaussianValues(saved.Weights, saved.LogVariances, PriorVariance(squares));
    }

    private double PriorVariance(double squareSum)
        => _divergence.PriorVariance ?? WeightDivergence.OptimalPriorVariance(squareSum, (double)Inputs * Outputs, Inputs);

    private void PreparePrior()
    {
        if (_divergence.Prior == WeightPrior.Gaussian)
            _priorVariance = PriorVariance(_squareSums.Sum());
    }

    private void LoadSquareSums()
    {
        T* variances = stackalloc T[BlockedMatrix.BlockSize];
        for (int panel = 0; panel < OutputPanels; panel++)
        {
            for (int block = 0; block < InputPanels; block++)
            {
                FillVarianceBlock(block, panel, variances);
                SumSquares(block, panel, variances);
            }
        }
    }

    /// <summary>Adds the slopes of a Gaussian posterior's divergence to the gradients of a block of weights and log-variances.</summary>
    /// <param name="block">Block of 16 inputs.</param>
    /// <param name="panel">Panel of 16 outputs.</param>
    /// <param name="klScale">Weight of the divergence in the loss.</param>
    /// <param name="variances">σ² of the block.</param>
    /// <param name="gradient">Of the weights, added to.</param>
    /// <param name="logVarianceGradient">Of the log-variances, added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddGaussianSlopes(int block, int panel, double klScale, T* variances, T* gradient, T* logVarianceGradient)
    {
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        var scale = TLanes.Create(klScale);
        var precision = TLanes.Create(1 / _priorVariance);
        for (int i = 0; i < BlockedMatrix.BlockSize; i += TLanes.Count)
        {
            _divergence.GaussianSlopes<TLanes, T>(TLanes.Load(weights + i), TLanes.Load(variances + i), precision, out var byMean, out var byLogVariance);
            TLanes.Store(TLanes.MultiplyAdd(scale, byMean, TLanes.Load(gradient + i)), gradient + i);
            TLanes.Store(TLanes.MultiplyAdd(scale, byLogVariance, TLanes.Load(logVarianceGradient + i)), logVarianceGradient + i);
        }

        if (_divergence.IsEmpirical)
            SumSquares(block, panel, variances);
    }

    /// <summary>Σ θ² + σ² of a block: in the layer's precision over its rows, in double precision from there on.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumSquares(int block, int panel, T* variances)
    {
        int rows = Math.Min(BlockedMatrix.Width, Inputs - (block * BlockedMatrix.Width));
        int columns = Math.Min(BlockedMatrix.Width, Outputs - (panel * BlockedMatrix.Width));
        T* weights = WeightMatrix.At(panel, block * BlockedMatrix.Width);
        T* sums = stackalloc T[BlockedMatrix.Width];
        for (int column = 0; column < BlockedMatrix.Width; column += TLanes.Count)
        {
            var sum = TLanes.Create(0.0);
            for (int i = column; i < rows * BlockedMatrix.Width; i += BlockedMatrix.Width)
            {
                var weight = TLanes.Load(weights + i);
                sum += TLanes.MultiplyAdd(weight, weight, TLanes.Load(variances + i));
            }

            TLanes.Store(sum, sums + column);
        }

        double total = 0;
        for (int j = 0; j < columns; j++)
            total += Number<T>.ToDouble(sums[j]);
        _squareSums[(panel * InputPanels) + block] = total;
    }
}
