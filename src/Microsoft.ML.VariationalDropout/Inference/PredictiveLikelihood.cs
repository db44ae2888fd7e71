using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>How well a network's predictive distribution explains labels that are known.</summary>
internal static class PredictiveLikelihood
{
    /// <summary>The mean of log p(y | x) over the rows, each by its weight, in nats; see <see cref="LikelihoodSummary"/>.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">Rows with their labels, 1 or more.</param>
    /// <param name="predict">Predicts a block of rows in the wanted mode.</param>
    /// <param name="throwIfCancelled">Called for every block.</param>
    public static double Mean(TrainedNetwork network, TrainingSet data, Action<NetworkPredictor, FeatureBlock, int, Predictions> predict, Action throwIfCancelled)
    {
        const int BlockRows = PredictionPass.UnitRows;
        var summary = new LikelihoodSummary(network, BlockRows);
        var predictor = new NetworkPredictor(network, KernelPaths.Current, summary);
        var block = new FeatureBlock(network.FeatureCount, network.Architecture.HasSparseInputs, BlockRows);
        var unused = new Predictions(network.Architecture, 0, withUncertainty: false);
        double sum = 0, weights = 0;
        for (int first = 0; first < data.RowCount; first += BlockRows)
        {
            throwIfCancelled();
            int count = Math.Min(BlockRows, data.RowCount - first);
            for (int i = 0; i < count; i++)
            {
                block.Set(i, data, first + i);
                data.Labels(first + i).CopyTo(summary.Labels.AsSpan(i * data.LabelCount));
            }

            predict(predictor, block, count, unused);
            for (int i = 0; i < count; i++)
            {
                sum += data.Weight(first + i) * summary.LogLikelihoods[i];
                weights += data.Weight(first + i);
            }
        }

        return sum / weights;
    }
}
