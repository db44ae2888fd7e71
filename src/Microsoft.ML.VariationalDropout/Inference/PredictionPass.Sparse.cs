using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The first layer on rows of which only the features that are not zero are held; its results are the bits that dense rows give.</summary>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    private readonly bool _isSparse;
    private readonly SparseRow[] _sparseRows = [];

    /// <summary>Of a pruned network: the input that a feature is, or −1; empty when input i is feature i.</summary>
    private readonly int[] _positions = [];

    private static int[] CreatePositions(TrainedNetwork network)
    {
        if (network.InputFeatures is not int[] features)
            return [];
        var result = new int[network.FeatureCount];
        Array.Fill(result, -1);
        for (int i = 0; i < features.Length; i++)
            result[features[i]] = i;
        return result;
    }

    private void SetSparseRow(int index, FeatureBlock features, int row)
    {
        ReadOnlySpan<float> values = features.Sparse(row, out ReadOnlySpan<int> indices);
        if (_sparseRows[index].Capacity < values.Length)
            _sparseRows[index] = new SparseRow(Math.Max(values.Length, 2 * _sparseRows[index].Capacity));
        SparseRow destination = _sparseRows[index];
        int count = 0;
        for (int n = 0; n < values.Length; n++)
        {
            int input = _positions.Length == 0 ? indices[n] : _positions[indices[n]];
            if (input < 0)
                continue;
            destination.Indices.Pointer[count] = input;
            destination.Values.Pointer[count++] = FeatureScaling.Apply<TLanes, float>(_network.Scaling, input, values[n]);
        }

        destination.Count = count;
    }

    /// <summary>A ← A s, drawn for (sample, 0, feature).</summary>
    private void ScaleSparseRows(int rows, uint seed)
    {
        for (int r = 0; r < rows; r++)
        {
            SparseRow row = _sparseRows[r];
            var counters = new NoiseCounters { Seed = seed, Stream = NoiseStream.PredictionNoise, Layer = 0, Row = _samples.Pointer[r] };
            _noises[0].ScaleSparse(counters, row.Indices.Pointer, row.Count, _layers[0].InputStandardDeviations.Pointer, row.Values.Pointer, null);
        }
    }

    /// <summary>A times a panel of a matrix: tiles of [16 units][16 rows].</summary>
    [SkipLocalsInit]
    private void MultiplySparse(BlockedMatrix<float> matrix, int panel, int blocks, float* destination, nint destinationStride)
    {
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int block = 0; block < blocks; block++)
        {
            for (int r = 0; r < BlockedMatrix.Width; r++)
            {
                SparseRow source = _sparseRows[(block * BlockedMatrix.Width) + r];
                SparseProduct<TLanes, float>.MultiplyRow(source.Indices.Pointer, source.Values.Pointer, source.Count, matrix.At(panel, 0), tile + (r * BlockedMatrix.Width));
            }

            TLanes.Transpose(tile, destination + (block * destinationStride));
        }
    }

    /// <summary>A² times a panel of a matrix; with noise on the inputs (αA²), of its variances.</summary>
    [SkipLocalsInit]
    private void MultiplySparseSquares(BlockedMatrix<float> matrix, int panel, int blocks, float* destination, nint destinationStride)
    {
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int block = 0; block < blocks; block++)
        {
            for (int r = 0; r < BlockedMatrix.Width; r++)
            {
                SparseRow source = _sparseRows[(block * BlockedMatrix.Width) + r];
                for (int n = 0; n < source.Count; n++)
                {
                    float square = source.Values.Pointer[n] * source.Values.Pointer[n];
                    source.Squares.Pointer[n] = _isOnInputs ? _layers[0].InputVariances.Pointer[source.Indices.Pointer[n]] * square : square;
                }

                SparseProduct<TLanes, float>.MultiplyRow(source.Indices.Pointer, source.Squares.Pointer, source.Count, matrix.At(panel, 0), tile + (r * BlockedMatrix.Width));
            }

            TLanes.Transpose(tile, destination + (block * destinationStride));
        }
    }

    private void MultiplySparseRow(BlockedMatrix<float> matrix, float* destination)
    {
        SparseRow source = _sparseRows[0];
        for (int panel = 0; panel < matrix.Panels; panel++)
            SparseProduct<TLanes, float>.MultiplyRow(source.Indices.Pointer, source.Values.Pointer, source.Count, matrix.At(panel, 0), destination + (panel * BlockedMatrix.Width));
    }

    private sealed class SparseRow(int capacity)
    {
        public int Capacity => capacity;

        public int Count { get; set; }

        public AlignedBuffer<int> Indices { get; } = new(capacity);

        public AlignedBuffer<float> Values { get; } = new(capacity);

        public AlignedBuffer<float> Squares { get; } = new(capacity);
    }
}
