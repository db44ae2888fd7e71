using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// The scores of the row at which a cursor stands. On a <see cref="ReadAheadCursor"/> a whole block is scored when its first row is
/// asked for; on any other row (a prediction engine's, for one) that row alone. The results are the same bits.
/// </summary>
internal sealed class RowScores
{
    private readonly DataViewRow _input;
    private readonly ReadAheadCursor? _readAhead;
    private readonly DataViewSchema.Column _feature;
    private readonly bool _readsDirectly;
    private readonly ScoreBlock _block;
    private ValueGetter<VBuffer<float>>? _getter;
    private VBuffer<float> _features;
    private long _scored = -1;

    public RowScores(TrainedNetwork network, PredictionSettings settings, DataViewRow input, DataViewSchema.Column feature)
    {
        _input = input;
        _feature = feature;
        _readAhead = input as ReadAheadCursor;
        _block = new ScoreBlock(network, settings, _readAhead?.MaximumRows ?? 1, $"A row of feature column '{feature.Name}'", sharesWork: _readAhead?.EndsWithBatch != true);
        _readsDirectly = _readAhead?.TryReadDirectly(feature, CreateReader) == true;
        if (_readAhead is null)
            CreateReader(input);
    }

    /// <summary>Those of the block; the arrays stay the same.</summary>
    public Predictions Predictions => _block.Predictions;

    /// <summary>Where the current row is in the block.</summary>
    public int RowInBlock => _readAhead?.RowInBlock ?? 0;

    /// <summary>Makes sure that the scores are those of the current row.</summary>
    public void Update()
    {
        long wanted = _readAhead?.BlockNumber ?? _input.Position;
        if (wanted != _scored)
            Score(wanted);
    }

    private void Score(long wanted)
    {
        int rows = _readAhead?.RowsInBlock ?? 1;
        if (_readAhead is null)
        {
            Read(0);
        }
        else if (!_readsDirectly)
        {
            ReadOnlySpan<VBuffer<float>> features = _readAhead.Values<VBuffer<float>>(_feature);
            for (int row = 0; row < rows; row++)
                _block.SetFeatures(row, in features[row]);
        }

        _block.Score(rows);
        _scored = wanted;
    }

    private Action<int> CreateReader(DataViewRow source)
    {
        _getter = source.GetGetter<VBuffer<float>>(_feature);
        return Read;
    }

    /// <summary>The features of the row at which the source stands, to a row of the block.</summary>
    private void Read(int row)
    {
        _getter!(ref _features);
        _block.SetFeatures(row, in _features);
    }
}
