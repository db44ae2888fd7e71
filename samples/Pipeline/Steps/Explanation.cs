using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;

namespace Pipeline.Steps;

/// <summary>What the model looks at, by the file's columns.</summary>
/// <param name="Column">A column of the file.</param>
/// <param name="Importance">
/// What the AUC of the test rows loses when the column's features are shuffled: ML.NET's permutation feature importance, which shuffles one feature at
/// a time, summed over those of the column.
/// </param>
/// <param name="Relevance">
/// How much of the column the first layer lets through, 0 to 1, as training has learned without looking at a test row: that of the column's most
/// relevant feature.
/// </param>
internal sealed record Explanation(string Column, double Importance, double Relevance)
{
    /// <returns>The most important column first.</returns>
    public static IReadOnlyList<Explanation> Explain(MLContext mlContext, VariationalDropoutBinaryPredictionTransformer network, IDataView features)
    {
        // By slot of "Features", in their order, both.
        var importances = mlContext.BinaryClassification.PermutationFeatureImportance(network, features);
        IReadOnlyList<FeatureRelevance> relevances = network.GetFeatureRelevance();
        return
        [
            .. relevances.Select(feature => (Column: Featurization.OriginalColumn(feature.Name!), Loss: -importances[feature.Slot].AreaUnderRocCurve.Mean, feature.Relevance))
                .GroupBy(feature => feature.Column)
                .Select(column => new Explanation(column.Key, column.Sum(feature => feature.Loss), column.Max(feature => feature.Relevance)))
                .OrderByDescending(column => column.Importance),
        ];
    }
}
