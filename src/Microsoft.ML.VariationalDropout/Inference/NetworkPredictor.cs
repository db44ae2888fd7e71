using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Scores rows with a trained classifier. Owns scratch memory: one instance serves one thread at a time; any number of instances share
/// one <see cref="TrainedNetwork"/>. A row's result depends on its features, the network, the number of samples and the seed alone.
/// </summary>
internal sealed class NetworkPredictor
{
    private readonly TrainedNetwork _network;
    private readonly PredictionPass _pass;
    private readonly double[] _probabilities;
    private readonly double[] _means;
    private readonly double[] _squares;

    public NetworkPredictor(TrainedNetwork network)
        : this(network, KernelPaths.Current)
    {
    }

    internal NetworkPredictor(TrainedNetwork network, KernelPath path)
    {
        _network = network;
        _pass = PredictionPass.Create(network, path);
        _probabilities = new double[Classes];
        _means = new double[Classes];
        _squares = new double[Classes];
    }

    private int Classes => _network.Architecture.OutputSize;

    /// <summary>Class probabilities under the posterior mean.</summary>
    /// <param name="features">[rows × InputSize], row-major, as the user gave them (not standardised).</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="probabilities">[rows × OutputSize], row-major.</param>
    public void PredictMean(ReadOnlySpan<float> features, int rows, Span<float> probabilities)
    {
        for (int first = 0; first < rows; first += PredictionPass.Capacity)
        {
            int count = Math.Min(PredictionPass.Capacity, rows - first);
            for (int i = 0; i < count; i++)
                _pass.SetRow(i, Row(features, first + i), sample: null);
            _pass.Run(count, isNoisy: false, seed: 0);
            for (int i = 0; i < count; i++)
            {
                _pass.GetLogits(i, _probabilities);
                SoftmaxLikelihood.Normalize(_probabilities);
                for (int k = 0; k < Classes; k++)
                    probabilities[((first + i) * Classes) + k] = (float)_probabilities[k];
            }
        }
    }

    /// <summary>Class probabilities and their spread over <paramref name="samples"/> draws of the network.</summary>
    /// <param name="features">[rows × InputSize], row-major.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="samples">Draws, 1 or more.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="probabilities">[rows × OutputSize]: the mean over the draws.</param>
    /// <param name="standardDeviations">[rows × OutputSize]: standard deviation over the draws (divisor <paramref name="samples"/>).</param>
    /// <param name="predictiveEntropies">[rows]: entropy of the mean, in nats.</param>
    /// <param name="mutualInformations">[rows]: predictive entropy minus the mean entropy of the draws, in nats, ≥ 0.</param>
    public void PredictSampled(
        ReadOnlySpan<float> features,
        int rows,
        int samples,
        uint seed,
        Span<float> probabilities,
        Span<float> standardDeviations,
        Span<float> predictiveEntropies,
        Span<float> mutualInformations)
    {
        // Rows × draws are scored as one long list of rows, the draws of a row side by side; each row's sums run over its draws in order.
        double entropies = 0;
        long total = (long)rows * samples;
        for (long first = 0; first < total; first += PredictionPass.Capacity)
        {
            int count = (int)Math.Min(PredictionPass.Capacity, total - first);
            for (int i = 0; i < count; i++)
                _pass.SetRow(i, Row(features, (int)((first + i) / samples)), (uint)((first + i) % samples));
            _pass.Run(count, isNoisy: true, seed);
            for (int i = 0; i < count; i++)
            {
                int row = (int)((first + i) / samples);
                int sample = (int)((first + i) % samples);
                if (sample == 0)
                {
                    entropies = 0;
                    Array.Clear(_means);
                    Array.Clear(_squares);
                }

                entropies += AddDraw(i, sample);
                if (sample < samples - 1)
                    continue;

                double predictive = Entropy(_means);
                predictiveEntropies[row] = (float)predictive;
                mutualInformations[row] = (float)Clamp0(predictive - (entropies / samples));
                for (int k = 0; k < Classes; k++)
                {
                    probabilities[(row * Classes) + k] = (float)_means[k];
                    standardDeviations[(row * Classes) + k] = (float)Math.Sqrt(_squares[k] / samples);
                }
            }
        }
    }

    /// <summary>Adds a draw to the running mean and sum of squared deviations (Welford); returns the draw's entropy.</summary>
    private double AddDraw(int index, int sample)
    {
        _pass.GetLogits(index, _probabilities);
        SoftmaxLikelihood.Normalize(_probabilities);
        for (int k = 0; k < Classes; k++)
        {
            double deviation = _probabilities[k] - _means[k];
            _means[k] += deviation / (sample + 1);
            _squares[k] += deviation * (_probabilities[k] - _means[k]);
        }

        return Entropy(_probabilities);
    }

    private ReadOnlySpan<float> Row(ReadOnlySpan<float> features, int row)
        => features.Slice(row * _network.Architecture.InputSize, _network.Architecture.InputSize);

    private static double Entropy(double[] probabilities)
    {
        double sum = 0;
        foreach (double p in probabilities)
            sum -= p > 0 ? p * Math.Log(p) : p;
        return sum;
    }

    /// <summary>Rounding can take a difference of entropies below zero; NaN stays NaN.</summary>
    private static double Clamp0(double value) => value < 0 ? 0 : value;
}
