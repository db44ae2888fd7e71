namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>
/// Rows of features with a label and a weight each, in chunks of fixed size so that growing never copies. Dense, or sparse: then only
/// the features that are not zero are held, and memory grows with them alone.
/// </summary>
internal sealed class TrainingSet
{
    private const int ChunkNumbers = 1 << 18;
    private const int MaximumRowsPerChunk = 1 << 14;

    private readonly List<float[]> _features = [];
    private readonly List<int[]> _indices = [];
    private readonly List<(int Chunk, int Start, int Count)[]> _places = [];
    private readonly List<float[]> _labels = [];
    private readonly List<float[]> _weights = [];
    private readonly int _rowsPerChunk;
    private int _usedOfLastChunk;

    /// <param name="featureCount">Features of a row.</param>
    /// <param name="labelCount">Numbers that a label consists of.</param>
    /// <param name="isSparse">Whether rows are held as indices and values.</param>
    public TrainingSet(int featureCount, int labelCount = 1, bool isSparse = false)
    {
        FeatureCount = featureCount;
        LabelCount = labelCount;
        IsSparse = isSparse;
        _rowsPerChunk = Math.Clamp(ChunkNumbers / Math.Max(isSparse ? 1 : featureCount, labelCount), 1, MaximumRowsPerChunk);
    }

    public int FeatureCount { get; }

    public int LabelCount { get; }

    public bool IsSparse { get; }

    public int RowCount { get; private set; }

    /// <summary>Features that are held: rows × features, or those that are not zero.</summary>
    public long StoredFeatureCount { get; private set; }

    /// <summary>All features of a row of a dense set.</summary>
    public ReadOnlySpan<float> Features(int row)
        => IsSparse
            ? throw new InvalidOperationException("A sparse training set has no dense rows.")
            : _features[row / _rowsPerChunk].AsSpan(row % _rowsPerChunk * FeatureCount, FeatureCount);

    /// <summary>The features of a row of a sparse set that are not zero, in ascending order of their index.</summary>
    public ReadOnlySpan<float> SparseFeatures(int row, out ReadOnlySpan<int> indices)
    {
        var (chunk, start, count) = _places[row / _rowsPerChunk][row % _rowsPerChunk];
        indices = _indices[chunk].AsSpan(start, count);
        return _features[chunk].AsSpan(start, count);
    }

    /// <summary>The label of a row: a class index counted from 0, 0 or 1, or the targets; [LabelCount].</summary>
    public ReadOnlySpan<float> Labels(int row) => _labels[row / _rowsPerChunk].AsSpan(row % _rowsPerChunk * LabelCount, LabelCount);

    /// <summary>The first number of the label.</summary>
    public float Label(int row) => Labels(row)[0];

    public float Weight(int row) => _weights[row / _rowsPerChunk][row % _rowsPerChunk];

    public void SetWeight(int row, float weight) => _weights[row / _rowsPerChunk][row % _rowsPerChunk] = weight;

    /// <summary>Adds a row to a dense set and returns its features, all zero, for the caller to fill in.</summary>
    public Span<float> Add(float label, float weight) => Add(new ReadOnlySpan<float>(in label), weight);

    /// <summary>Adds a row to a dense set and returns its features, all zero, for the caller to fill in.</summary>
    public Span<float> Add(scoped ReadOnlySpan<float> labels, float weight)
    {
        int within = AddLabels(labels, weight);
        if (within == 0)
            _features.Add(new float[_rowsPerChunk * FeatureCount]);
        StoredFeatureCount += FeatureCount;
        return _features[^1].AsSpan(within * FeatureCount, FeatureCount);
    }

    /// <summary>Adds a row to a sparse set.</summary>
    /// <param name="labels">The label.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="indices">Ascending, each in [0, FeatureCount).</param>
    /// <param name="values">The features of those indices; those that are zero are left out.</param>
    public void AddSparse(ReadOnlySpan<float> labels, float weight, ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        int within = AddLabels(labels, weight);
        if (within == 0)
            _places.Add(new (int, int, int)[_rowsPerChunk]);
        if (_features.Count == 0 || _usedOfLastChunk + values.Length > _features[^1].Length)
        {
            // A row lies in one chunk.
            _features.Add(new float[Math.Max(ChunkNumbers, values.Length)]);
            _indices.Add(new int[_features[^1].Length]);
            _usedOfLastChunk = 0;
        }

        int start = _usedOfLastChunk;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == 0)
                continue;
            _indices[^1][_usedOfLastChunk] = indices[i];
            _features[^1][_usedOfLastChunk++] = values[i];
        }

        StoredFeatureCount += _usedOfLastChunk - start;
        _places[^1][within] = (_features.Count - 1, start, _usedOfLastChunk - start);
    }

    /// <summary>A sparse set's rows in a dense set.</summary>
    public TrainingSet ToDense()
    {
        var result = new TrainingSet(FeatureCount, LabelCount);
        for (int row = 0; row < RowCount; row++)
        {
            ReadOnlySpan<float> values = SparseFeatures(row, out ReadOnlySpan<int> indices);
            Span<float> features = result.Add(Labels(row), Weight(row));
            for (int n = 0; n < values.Length; n++)
                features[indices[n]] = values[n];
        }

        return result;
    }

    private int AddLabels(ReadOnlySpan<float> labels, float weight)
    {
        int within = RowCount % _rowsPerChunk;
        if (within == 0)
        {
            _labels.Add(new float[_rowsPerChunk * LabelCount]);
            _weights.Add(new float[_rowsPerChunk]);
        }

        labels.CopyTo(_labels[^1].AsSpan(within * LabelCount, LabelCount));
        _weights[^1][within] = weight;
        RowCount++;
        return within;
    }
}
