using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The features and the predictions of a block of rows, with the predictor that turns the one into the other. Everything is allocated
/// once; used by one thread at a time.
/// </summary>
internal sealed class ScoreBlock
{
    private readonly NetworkPredictor _predictor;
    private readonly PredictionSettings _settings;
    private readonly string _source;

    /// <param name="network">The network.</param>
    /// <param name="settings">How to predict.</param>
    /// <param name="maximumRows">Rows that a block can have.</param>
    /// <param name="source">What a message calls the origin of the features.</param>
    /// <param name="sharesWork">Whether a lot of work may be shared with other threads: not where other blocks are scored at the same time.</param>
    public ScoreBlock(TrainedNetwork network, PredictionSettings settings, int maximumRows, string source, bool sharesWork = false)
    {
        _source = source;
        _predictor = new NetworkPredictor(network, sharesWork);
        _settings = settings;
        Features = new FeatureBlock(network.FeatureCount, network.Architecture.HasSparseInputs, maximumRows);
        Predictions = new Predictions(network.Architecture, maximumRows, settings.Mode != PredictionMode.PosteriorMean);
    }

    /// <summary>The features of the rows, to be filled in before <see cref="Score"/>.</summary>
    public FeatureBlock Features { get; }

    /// <summary>The results.</summary>
    public Predictions Predictions { get; }

    /// <summary>Sets the features of a row, dense or sparse.</summary>
    /// <exception cref="InvalidOperationException">They are not as many as the network takes: what the column holds is not of the column's type.</exception>
    public void SetFeatures(int row, in VBuffer<float> features)
    {
        if (features.Length != Features.FeatureCount)
            throw new InvalidOperationException($"{_source} has {features.Length} numbers; the model takes {Features.FeatureCount}.");
        if (features.IsDense)
            Features.Set(row, features.GetValues());
        else
            Features.Set(row, features.GetIndices(), features.GetValues());
    }

    /// <summary>Computes the results of the first <paramref name="rows"/> rows.</summary>
    public void Score(int rows)
    {
        _settings.Predict(_predictor, Features, rows, Predictions);
    }
}
