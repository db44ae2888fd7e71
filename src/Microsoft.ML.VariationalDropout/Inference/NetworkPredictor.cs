using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Scores rows with a trained network. Owns scratch memory: one instance serves one thread at a time; any number of instances share
/// one <see cref="TrainedNetwork"/>. A row's result depends on its features, the network, the number of samples and the seed alone.
/// </summary>
internal sealed class NetworkPredictor
{
    private readonly PredictionPass _pass;
    private readonly PredictionSummary _summary;
    private readonly double[] _outputs;
    private readonly double[] _outputVariances;

    public NetworkPredictor(TrainedNetwork network)
        : this(network, KernelPaths.Current)
    {
    }

    internal NetworkPredictor(TrainedNetwork network, KernelPath path)
        : this(network, path, PredictionSummary.Create(network))
    {
    }

    internal NetworkPredictor(TrainedNetwork network, KernelPath path, PredictionSummary summary)
    {
        _pass = PredictionPass.Create(network, path);
        _summary = summary;
        _outputs = new double[network.Architecture.OutputSize];
        _outputVariances = new double[network.Architecture.OutputSize];
    }

    /// <summary>Predictions under the posterior mean.</summary>
    /// <param name="features">The rows, as the user gave them (not standardised).</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictMean(FeatureBlock features, int rows, Predictions destination)
    {
        for (int first = 0; first < rows; first += PredictionPass.Capacity)
        {
            int count = Math.Min(PredictionPass.Capacity, rows - first);
            RunMean(features, first, count);
            for (int i = 0; i < count; i++)
            {
                _pass.GetOutputs(i, _outputs);
                _summary.SetMean(_outputs, first + i, destination);
            }
        }
    }

    /// <summary>The network's own outputs under the posterior mean, [rows × OutputSize], in the units that it was trained in.</summary>
    public void ComputeOutputs(FeatureBlock features, int rows, Span<double> outputs)
    {
        for (int first = 0; first < rows; first += PredictionPass.Capacity)
        {
            int count = Math.Min(PredictionPass.Capacity, rows - first);
            RunMean(features, first, count);
            for (int i = 0; i < count; i++)
                _pass.GetOutputs(i, outputs.Slice((first + i) * _outputs.Length, _outputs.Length));
        }
    }

    /// <summary>Predictions averaged over <paramref name="samples"/> draws of the network, with their uncertainty.</summary>
    /// <param name="features">The rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="samples">Draws, 1 or more.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictSampled(FeatureBlock features, int rows, int samples, uint seed, Predictions destination)
    {
        for (int first = 0; first < rows; first += PredictionPass.Capacity)
            PredictSampled(features, first, Math.Min(PredictionPass.Capacity, rows - first), samples, seed, destination);
    }

    /// <summary>Rows × draws are scored as one long list, the draws of a row side by side; each row's sums run over its draws in order.</summary>
    private void PredictSampled(FeatureBlock features, int firstRow, int rows, int samples, uint seed, Predictions destination)
    {
        _pass.PrepareDraws(features, firstRow, rows);
        long total = (long)rows * samples;
        for (long first = 0; first < total; first += PredictionPass.Capacity)
        {
            int count = (int)Math.Min(PredictionPass.Capacity, total - first);
            for (int i = 0; i < count; i++)
                _pass.SetDraw(i, (int)((first + i) / samples), (uint)((first + i) % samples));
            _pass.RunDraws(count, seed);
            for (int i = 0; i < count; i++)
            {
                int row = (int)((first + i) / samples);
                int sample = (int)((first + i) % samples);
                if (sample == 0)
                    _summary.BeginDraws(firstRow + row);
                _pass.GetOutputs(i, _outputs);
                _summary.AddDraw(_outputs);
                if (sample == samples - 1)
                    _summary.EndDraws(firstRow + row, destination);
            }
        }
    }

    /// <summary>Predictions with their uncertainty in one pass: a Gaussian mean and variance of every unit are carried through the network.</summary>
    /// <param name="features">The rows.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="destination">Where the predictions go.</param>
    public void PredictMoments(FeatureBlock features, int rows, Predictions destination)
    {
        for (int first = 0; first < rows; first += PredictionPass.Capacity)
        {
            int count = Math.Min(PredictionPass.Capacity, rows - first);
            for (int i = 0; i < count; i++)
                _pass.SetRow(i, features, first + i);
            _pass.RunMoments(count);
            for (int i = 0; i < count; i++)
            {
                _pass.GetOutputs(i, _outputs);
                _pass.GetOutputVariances(i, _outputVariances);
                _summary.SetMoments(_outputs, _outputVariances, first + i, destination);
            }
        }
    }

    private void RunMean(FeatureBlock features, int first, int count)
    {
        for (int i = 0; i < count; i++)
            _pass.SetRow(i, features, first + i);
        _pass.Run(count);
    }
}
