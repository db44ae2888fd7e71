using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Which features are cut into bins: as the option says, or, where it is left out, where it pays (docs/results/defaults.md).</summary>
internal static class BinChoice
{
    /// <summary>With fewer rows the weights of so many inputs cost more than they bring.</summary>
    private const int FewestRows = 2_000;

    /// <summary>Counts, amounts and codes come again and again; a measurement that does not is smooth as a rule, and a network fits it better as it is.</summary>
    private const int RowsPerValue = 2;

    private const int MostBins = 16, FewestBins = 4;

    /// <summary>Wide rows stay as they are: pixels would make training many times as long.</summary>
    private const int MostBinInputs = 256;

    /// <param name="options">What is given there wins.</param>
    /// <param name="training">The rows to train on.</param>
    /// <param name="outputSize">Outputs of the network.</param>
    /// <returns>Null for none.</returns>
    public static BinLimits? Limits(VariationalDropoutOptions options, TrainingSet training, int outputSize)
    {
        if (training.IsSparse || options.StandardizeFeatures == false)
            return null;
        long mostInputs = OptionsValidation.MostInputs(options, training.RowCount, outputSize);
        return options.MaximumBinCountPerFeature switch
        {
            0 => null,
            int given => new BinLimits(given, FewestBins: 2, mostInputs, RowsPerValue: 1),
            null when training.RowCount < FewestRows || !options.HasBinsByDefault => null,
            null => new BinLimits(MostBins, FewestBins, Math.Min(mostInputs, training.FeatureCount + MostBinInputs), RowsPerValue),
        };
    }
}
