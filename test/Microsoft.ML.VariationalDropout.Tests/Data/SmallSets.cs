using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Data;

/// <summary>Sets of small blocks, so that a few hundred rows fill several windows.</summary>
internal static class SmallSets
{
    /// <summary>Blocks of up to 256 bytes, windows of 4 KB.</summary>
    public static readonly BlockLayout Layout = new(64, 16);

    /// <summary>What two windows of the largest blocks take, in bytes.</summary>
    public const long LeastBytes = 2 * 16 * 64 * sizeof(float);

    public static MemoryBudget Budget(long bytes, int batchSize = 1, string? folder = null, Action? throwIfCancelled = null)
        => new(bytes, folder ?? Path.GetTempPath(), batchSize, _ => { }, throwIfCancelled ?? (() => { }));

    /// <summary>The rows of a set in another one; about half of the features become zero where that is to be sparse.</summary>
    public static TrainingSet Copy(TrainingSet source, bool isSparse, MemoryBudget? budget = null, BlockLayout? layout = null)
    {
        var result = new TrainingSet(source.FeatureCount, source.LabelCount, isSparse, layout ?? Layout, budget);
        for (int row = 0; row < source.RowCount; row++)
        {
            if (isSparse)
            {
                int[] kept = [.. Enumerable.Range(0, source.FeatureCount).Where(i => ((row * 7) + (i * 3)) % 5 < 2)];
                result.AddSparse(source.Labels(row), source.Weight(row), kept, [.. kept.Select(i => source.Features(row)[i])]);
            }
            else
            {
                source.Features(row).CopyTo(result.Add(source.Labels(row), source.Weight(row)));
            }
        }

        result.Complete();
        return result;
    }

    /// <summary>A set of numbered rows: label and features are the number.</summary>
    public static TrainingSet Numbered(int rows, int features = 5, bool isSparse = false, MemoryBudget? budget = null, BlockLayout? layout = null)
    {
        var source = new TrainingSet(features);
        for (int row = 0; row < rows; row++)
            source.Add(row, 1).Fill(row + 1);
        return Copy(source, isSparse, budget, layout);
    }
}
