using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The features and the results of a block of rows, with the predictor that turns the one into the other. Everything is allocated
/// once; used by one thread at a time.
/// </summary>
internal sealed class ScoreBlock
{
    private readonly NetworkPredictor _predictor;
    private readonly PredictionSettings _settings;
    private readonly int _featureCount;
    private readonly int _classCount;
    private readonly float[] _features;
    private readonly float[] _probabilities;
    private readonly float[] _standardDeviations;
    private readonly float[] _predictiveEntropies;
    private readonly float[] _mutualInformations;

    /// <param name="network">The network.</param>
    /// <param name="settings">How to predict.</param>
    /// <param name="maximumRows">Rows that a block can have.</param>
    public ScoreBlock(TrainedNetwork network, PredictionSettings settings, int maximumRows)
    {
        _predictor = new NetworkPredictor(network);
        _settings = settings;
        _featureCount = network.Architecture.InputSize;
        _classCount = network.Architecture.OutputSize;
        int sampledRows = settings.Mode == PredictionMode.Sampling ? maximumRows : 0;
        _features = new float[maximumRows * _featureCount];
        _probabilities = new float[maximumRows * _classCount];
        _standardDeviations = new float[sampledRows * _classCount];
        _predictiveEntropies = new float[sampledRows];
        _mutualInformations = new float[sampledRows];
    }

    /// <summary>The features of a row, to be filled in before <see cref="Score"/>.</summary>
    public Span<float> Features(int row) => _features.AsSpan(row * _featureCount, _featureCount);

    public ReadOnlySpan<float> Probabilities(int row) => _probabilities.AsSpan(row * _classCount, _classCount);

    public ReadOnlySpan<float> StandardDeviations(int row) => _standardDeviations.AsSpan(row * _classCount, _classCount);

    public float PredictiveEntropy(int row) => _predictiveEntropies[row];

    public float MutualInformation(int row) => _mutualInformations[row];

    /// <summary>Computes the results of the first <paramref name="rows"/> rows.</summary>
    public void Score(int rows)
    {
        ReadOnlySpan<float> features = _features.AsSpan(0, rows * _featureCount);
        Span<float> probabilities = _probabilities.AsSpan(0, rows * _classCount);
        if (_settings.Mode == PredictionMode.PosteriorMean)
        {
            _predictor.PredictMean(features, rows, probabilities);
            return;
        }

        _predictor.PredictSampled(
            features,
            rows,
            _settings.NumberOfSamples,
            unchecked((uint)_settings.Seed),
            probabilities,
            _standardDeviations.AsSpan(0, rows * _classCount),
            _predictiveEntropies.AsSpan(0, rows),
            _mutualInformations.AsSpan(0, rows));
    }
}
