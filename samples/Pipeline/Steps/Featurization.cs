using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Pipeline.Data;

namespace Pipeline.Steps;

/// <summary>From the file's columns to the vector "Features".</summary>
internal static class Featurization
{
    private const string Features = "Features", MissingSuffix = "Missing";

    /// <summary>
    /// Numbers as they are, since the trainer standardises by itself; where one is not known, the mean of the training rows and a feature that says so.
    /// Categories one-hot; one that training has not seen has all zeros.
    /// </summary>
    public static IEstimator<ITransformer> Create(MLContext mlContext)
    {
        InputOutputColumnPair[] indicators = [.. CensusRow.Numbers.Select(number => new InputOutputColumnPair(number + MissingSuffix, number))];
        InputOutputColumnPair[] numbers = [.. CensusRow.Numbers.Select(number => new InputOutputColumnPair(number))];
        InputOutputColumnPair[] categories = [.. CensusRow.Categories.Select(category => new InputOutputColumnPair(category))];
        string[] features = [.. CensusRow.Numbers, .. indicators.Select(pair => pair.OutputColumnName), .. CensusRow.Categories];
        return mlContext.Transforms.IndicateMissingValues(indicators)
            .Append(mlContext.Transforms.Conversion.ConvertType([.. indicators.Select(pair => new InputOutputColumnPair(pair.OutputColumnName))]))
            .Append(mlContext.Transforms.ReplaceMissingValues(numbers, MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(mlContext.Transforms.Categorical.OneHotEncoding(categories))
            .Append(mlContext.Transforms.Concatenate(Features, features));
    }

    /// <summary>How many features there are, which depends on the categories.</summary>
    public static int Count(IDataView features) => ((VectorDataViewType)features.Schema[Features].Type).Size;

    /// <summary>The column of the file that a feature was made of.</summary>
    /// <param name="feature">A slot of "Features": "Age", "AgeMissing" or "Workclass.Private".</param>
    public static string OriginalColumn(string feature)
    {
        string column = feature.Split('.')[0];
        return Array.Find(CensusRow.Numbers, number => column == number + MissingSuffix) ?? column;
    }
}
