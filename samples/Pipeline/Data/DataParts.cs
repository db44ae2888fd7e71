using Microsoft.ML;
using Microsoft.ML.Data;

namespace Pipeline.Data;

/// <summary>The rows, cut in three: each row is in one part, the same at every run with the same seed.</summary>
/// <param name="Train">70 %: what the model learns from.</param>
/// <param name="Calibration">15 %: what its probabilities and prediction sets are set by. The model has not seen them.</param>
/// <param name="Test">15 %: what everything is measured on, and nothing is chosen on.</param>
internal sealed record DataParts(IDataView Train, IDataView Calibration, IDataView Test)
{
    public static DataParts Split(MLContext mlContext, IDataView rows, int seed)
    {
        DataOperationsCatalog.TrainTestData first = mlContext.Data.TrainTestSplit(rows, testFraction: 0.3, seed: seed);
        DataOperationsCatalog.TrainTestData second = mlContext.Data.TrainTestSplit(first.TestSet, testFraction: 0.5, seed: seed);
        return new(first.TrainSet, second.TrainSet, second.TestSet);
    }

    /// <summary>The rows of a part: filters do not know how many they let through.</summary>
    public static int Count(IDataView part) => part.GetColumn<bool>(nameof(CensusRow.Label)).Count();
}
