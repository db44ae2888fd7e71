using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// The inputs that features come in through: each feature itself, and, of one with more than two values, for each of its bins [a, b] how much of it the
/// value has passed,
/// <code>
/// u(x) = min(1, max(0, (x − a) / (b − a)))
/// </code>
/// the piecewise-linear encoding of Gorishniy et al. (2022), whose bins have about the same number of rows (<see cref="BinEdges"/>). With it a first
/// layer can turn at every edge, where it would have to learn steep slopes of a feature alone.
/// </summary>
internal sealed class FeatureBins
{
    /// <summary>Rows that edges are sought among, at most: quantiles need no more.</summary>
    private const int MostRows = 1 << 16;

    /// <summary>Numbers that are in memory meanwhile, at most.</summary>
    private const int MostNumbers = 1 << 23;

    /// <summary>Of the sample of rows: the same for every training on as many rows.</summary>
    private const uint SampleSeed = 0x42696E73;

    private readonly float[] _starts;
    private readonly float[] _ends;

    /// <param name="features">For each input its feature.</param>
    /// <param name="starts">For each input the start of its bin, NaN for the feature itself.</param>
    /// <param name="ends">For each input the end of its bin.</param>
    private FeatureBins(int[] features, float[] starts, float[] ends)
    {
        Features = features;
        _starts = starts;
        _ends = ends;
    }

    /// <summary>For each input the feature that it is made of: first all features themselves, then the bins, feature by feature.</summary>
    public int[] Features { get; }

    public int InputCount => Features.Length;

    /// <summary>Cuts the features of the rows to train on into bins.</summary>
    /// <param name="data">A dense set.</param>
    /// <param name="split">Which of its rows are kept aside: they have no say.</param>
    /// <param name="limits">Where there are too many features for all bins, all of them have fewer.</param>
    /// <returns>Null where no feature has a bin.</returns>
    public static FeatureBins? Find(TrainingSet data, RowSplit split, BinLimits limits)
    {
        (float[][] values, float[] weights) = Sample(data, split);
        bool[] isCut = [.. values.Select(all => BinEdges.CountValues(all) is > 2 and int count && (long)count * limits.RowsPerValue <= weights.Length)];
        int cut = isCut.Count(yes => yes);
        int bins = cut == 0 ? 0 : (int)Math.Min(limits.MostBins, (limits.MostInputs - data.FeatureCount) / cut);
        if (bins < Math.Min(limits.FewestBins, limits.MostBins))
            return null;

        List<int> features = [.. Enumerable.Range(0, data.FeatureCount)];
        List<float> starts = [.. Enumerable.Repeat(float.NaN, data.FeatureCount)], ends = [.. starts];
        for (int feature = 0; feature < values.Length; feature++)
        {
            float[] edges = isCut[feature] ? BinEdges.Find(values[feature], weights, bins) : [];
            for (int bin = 0; bin + 1 < edges.Length; bin++)
            {
                features.Add(feature);
                starts.Add(edges[bin]);
                ends.Add(edges[bin + 1]);
            }
        }

        return features.Count == data.FeatureCount ? null : new FeatureBins([.. features], [.. starts], [.. ends]);
    }

    /// <summary>The start and the width of an input's bin; null for a feature itself.</summary>
    public (double Start, double Width)? Bin(int input)
        => float.IsNaN(_starts[input]) ? null : (_starts[input], (double)_ends[input] - _starts[input]);

    /// <summary>The inputs of a row, before they are standardised.</summary>
    /// <param name="row">Its features.</param>
    /// <param name="inputs">[InputCount].</param>
    public void Encode(ReadOnlySpan<float> row, Span<double> inputs)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            double value = row[Features[i]];
            inputs[i] = Bin(i) is (double start, double width) ? Math.Clamp((value - start) / width, 0, 1) : value;
        }
    }

    /// <summary>For each feature its values in a sample of the rows to train on, and the weights of those rows.</summary>
    private static (float[][] Values, float[] Weights) Sample(TrainingSet data, RowSplit split)
    {
        int most = Math.Min(MostRows, Math.Max(1, MostNumbers / data.FeatureCount));
        RowSplit? sample = split.TrainingCount > most ? RowSplit.Draw(data.RowCount, (double)most / split.TrainingCount, SampleSeed) : null;
        var values = new List<float>[data.FeatureCount];
        for (int feature = 0; feature < values.Length; feature++)
            values[feature] = [];
        var weights = new List<float>();
        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (split.IsKept(row) || sample?.IsKept(row) == false)
                    continue;
                weights.Add(data.Weight(row));
                ReadOnlySpan<float> features = data.Features(row);
                for (int feature = 0; feature < features.Length; feature++)
                    values[feature].Add(features[feature]);
            }
        }

        return ([.. values.Select(list => list.ToArray())], [.. weights]);
    }
}
