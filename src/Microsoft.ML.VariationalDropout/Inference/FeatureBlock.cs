using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The features of a block of rows, as the user gave them: dense, or the indices and values of those that are not zero.</summary>
internal sealed unsafe class FeatureBlock
{
    /// <summary>A panel longer than the rows are: whole registers are read of the last one too.</summary>
    private readonly AlignedBuffer<float> _dense;
    private readonly int[][] _indices;
    private readonly float[][] _values;
    private readonly int[] _counts;

    /// <param name="featureCount">Features of a row.</param>
    /// <param name="isSparse">Whether rows are held sparse.</param>
    /// <param name="capacity">Rows of the largest block.</param>
    public FeatureBlock(int featureCount, bool isSparse, int capacity)
    {
        FeatureCount = featureCount;
        IsSparse = isSparse;
        Capacity = capacity;
        _dense = new AlignedBuffer<float>(isSparse ? 0 : ((long)capacity * featureCount) + BlockedMatrix.Width);
        _counts = new int[isSparse ? capacity : 0];
        _indices = new int[_counts.Length][];
        _values = new float[_counts.Length][];
        Array.Fill(_indices, []);
        Array.Fill(_values, []);
    }

    public int FeatureCount { get; }

    public bool IsSparse { get; }

    public int Capacity { get; }

    /// <summary>The features of a row of a dense block.</summary>
    public Span<float> Dense(int row) => _dense.Span.Slice(row * FeatureCount, FeatureCount);

    /// <summary>The same for kernels, which may read a panel further; good while the block is reachable.</summary>
    public float* DensePointer(int row) => _dense.Pointer + ((nint)row * FeatureCount);

    /// <summary>The features of a row of a sparse block that are not zero, in ascending order of their index.</summary>
    public ReadOnlySpan<float> Sparse(int row, out ReadOnlySpan<int> indices)
    {
        indices = _indices[row].AsSpan(0, _counts[row]);
        return _values[row].AsSpan(0, _counts[row]);
    }

    /// <summary>Sets a row from all of its features.</summary>
    public void Set(int row, ReadOnlySpan<float> features)
    {
        if (!IsSparse)
        {
            features.CopyTo(Dense(row));
            return;
        }

        int count = features.Length - features.Count(0f);
        Reserve(row, count);
        count = 0;
        for (int i = 0; i < features.Length; i++)
        {
            if (features[i] != 0)
                (_indices[row][count], _values[row][count++]) = (i, features[i]);
        }

        _counts[row] = count;
    }

    /// <summary>Sets a row from the features that are not zero.</summary>
    /// <param name="row">The row.</param>
    /// <param name="indices">Ascending.</param>
    /// <param name="values">The features of those indices.</param>
    public void Set(int row, ReadOnlySpan<int> indices, ReadOnlySpan<float> values)
    {
        if (IsSparse)
        {
            Reserve(row, values.Length);
            int count = 0;
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] != 0)
                    (_indices[row][count], _values[row][count++]) = (indices[i], values[i]);
            }

            _counts[row] = count;
            return;
        }

        Span<float> features = Dense(row);
        features.Clear();
        for (int i = 0; i < values.Length; i++)
            features[indices[i]] = values[i];
    }

    /// <summary>Sets a row from a row of a data set.</summary>
    public void Set(int row, TrainingSet data, int dataRow)
    {
        if (data.IsSparse)
        {
            ReadOnlySpan<float> values = data.SparseFeatures(dataRow, out ReadOnlySpan<int> indices);
            Set(row, indices, values);
        }
        else
        {
            Set(row, data.Features(dataRow));
        }
    }

    private void Reserve(int row, int count)
    {
        if (_values[row].Length >= count)
            return;
        int size = Math.Max(count, 2 * _values[row].Length);
        _indices[row] = new int[size];
        _values[row] = new float[size];
    }
}
