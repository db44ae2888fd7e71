using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace PaperExperiments.Gradients;

/// <summary>Minibatches without repeated rows, each drawn from all rows: draw n is the same whoever asks for it.</summary>
internal sealed class MinibatchDraws(int rowCount, int batchSize, uint seed)
{
    private readonly int[] _rows = [.. Enumerable.Range(0, rowCount)];
    private readonly int[] _swaps = new int[batchSize];

    /// <summary>The rows of draw <paramref name="draw"/>, good until the next call.</summary>
    public ReadOnlySpan<int> Draw(int draw)
    {
        // The first steps of Fisher and Yates, undone afterwards: the order must not depend on earlier draws.
        var random = new CounterRandom(seed, NoiseStream.Shuffle, (uint)draw);
        for (int i = 0; i < _swaps.Length; i++)
        {
            _swaps[i] = i + random.Next(rowCount - i);
            Swap(i, _swaps[i]);
        }

        int[] drawn = _rows[.._swaps.Length];
        for (int i = _swaps.Length - 1; i >= 0; i--)
            Swap(i, _swaps[i]);
        return drawn;
    }

    private void Swap(int i, int j) => (_rows[i], _rows[j]) = (_rows[j], _rows[i]);
}
