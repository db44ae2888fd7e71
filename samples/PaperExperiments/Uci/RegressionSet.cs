namespace PaperExperiments.Uci;

/// <summary>A row: features and label, in the units of the data.</summary>
internal sealed class RegressionRow
{
    public float[] Features { get; set; } = [];

    public float Label { get; set; }
}

/// <summary>Which rows a network is trained on, and which it is tested on.</summary>
internal sealed record RegressionSplit(IReadOnlyList<int> Train, IReadOnlyList<int> Test);

/// <summary>A data set with its splits.</summary>
internal sealed record RegressionSet
{
    public required string Name { get; init; }

    public required IReadOnlyList<RegressionRow> Rows { get; init; }

    public required IReadOnlyList<RegressionSplit> Splits { get; init; }

    /// <summary>Units of the hidden layer that the folder asks for; null where it does not.</summary>
    public required int? HiddenUnits { get; init; }

    /// <summary>Somebody else's test log-likelihood of each split, in nats per row; null where there is none.</summary>
    public required IReadOnlyList<double>? ReferenceLogLikelihoods { get; init; }

    /// <summary>The same of the root of the mean squared error, in the label's unit.</summary>
    public required IReadOnlyList<double>? ReferenceErrors { get; init; }

    public int FeatureCount => Rows[0].Features.Length;

    /// <summary>The first splits alone, and the first rows of each: for a quick run.</summary>
    public RegressionSet Shrink(int splits, int trainRows, int testRows)
    {
        bool sameRows = Splits.Take(splits).All(split => split.Train.Count <= trainRows && split.Test.Count <= testRows);
        return this with
        {
            Splits = [.. Splits.Take(splits).Select(split => new RegressionSplit([.. split.Train.Take(trainRows)], [.. split.Test.Take(testRows)]))],

            // Results of other rows are no reference.
            ReferenceLogLikelihoods = sameRows ? ReferenceLogLikelihoods : null,
            ReferenceErrors = sameRows ? ReferenceErrors : null,
        };
    }
}
