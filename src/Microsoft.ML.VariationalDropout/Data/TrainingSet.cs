namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Rows of features with a label and a weight each, in chunks of fixed size so that growing never copies.</summary>
internal sealed class TrainingSet
{
    private const int ChunkFloats = 1 << 18;

    private readonly List<float[]> _features = [];
    private readonly List<float[]> _labels = [];
    private readonly List<float[]> _weights = [];
    private readonly int _rowsPerChunk;

    public TrainingSet(int featureCount)
    {
        FeatureCount = featureCount;
        _rowsPerChunk = Math.Clamp(ChunkFloats / featureCount, 1, 1 << 14);
    }

    public int FeatureCount { get; }

    public int RowCount { get; private set; }

    public ReadOnlySpan<float> Features(int row) => _features[row / _rowsPerChunk].AsSpan(row % _rowsPerChunk * FeatureCount, FeatureCount);

    /// <summary>The class index, counted from 0.</summary>
    public float Label(int row) => _labels[row / _rowsPerChunk][row % _rowsPerChunk];

    public float Weight(int row) => _weights[row / _rowsPerChunk][row % _rowsPerChunk];

    /// <summary>Adds a row and returns its features, all zero, for the caller to fill in.</summary>
    public Span<float> Add(float label, float weight)
    {
        int within = RowCount % _rowsPerChunk;
        if (within == 0)
        {
            _features.Add(new float[_rowsPerChunk * FeatureCount]);
            _labels.Add(new float[_rowsPerChunk]);
            _weights.Add(new float[_rowsPerChunk]);
        }

        _labels[^1][within] = label;
        _weights[^1][within] = weight;
        RowCount++;
        return _features[^1].AsSpan(within * FeatureCount, FeatureCount);
    }
}
