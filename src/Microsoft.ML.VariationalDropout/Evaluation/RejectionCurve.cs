namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// How the error of the answered rows falls as the least certain rows are left to somebody else: error against the share of rows that is answered.
/// </summary>
/// <remarks>
/// Rows are answered from the most certain to the least. Rows that are equally uncertain cannot be told apart: what is answered of them has their mean error.
/// See Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks", NIPS 2017.
/// </remarks>
public sealed class RejectionCurve
{
    private const int PointCount = 100;

    /// <summary>
    /// Of the groups of equally uncertain rows, the most certain first: the sums of weights and of weighted errors up to their ends, and their own mean
    /// errors, which the differences of sums would not tell where one group weighs next to nothing beside the others.
    /// </summary>
    private readonly double[] _weights;
    private readonly double[] _errors;
    private readonly double[] _rates;

    /// <param name="rows">One or more, with weights above 0; they are sorted.</param>
    internal RejectionCurve(List<(double Uncertainty, double Error, double Weight)> rows)
    {
        rows.Sort((left, right) => left.Uncertainty.CompareTo(right.Uncertainty));
        var weights = new List<double>();
        var errors = new List<double>();
        var rates = new List<double>();
        double weight = 0, error = 0, groupWeight = 0, groupError = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            groupWeight += rows[i].Weight;
            groupError += rows[i].Weight * rows[i].Error;
            if (i + 1 < rows.Count && rows[i + 1].Uncertainty.Equals(rows[i].Uncertainty))
                continue;
            weights.Add(weight += groupWeight);
            errors.Add(error += groupError);
            rates.Add(groupError / groupWeight);
            groupWeight = groupError = 0;
        }

        _weights = [.. weights];
        _errors = [.. errors];
        _rates = [.. rates];
        Points = [.. Enumerable.Range(1, PointCount).Select(i => (double)i / PointCount).Select(coverage => new RejectionPoint(coverage, GetError(coverage)))];
        Area = Integrate();
    }

    /// <summary>The curve at the coverages 0.01, 0.02, …, 1: a diagram.</summary>
    public IReadOnlyList<RejectionPoint> Points { get; }

    /// <summary>
    /// The area under the curve, the mean of <see cref="GetError"/> over all coverages in (0, 1]; the smaller, the better. Where the
    /// uncertainty tells nothing it is the error of all rows.
    /// </summary>
    public double Area { get; }

    /// <summary>The error of the answered part.</summary>
    /// <param name="coverage">The share of rows that is answered, by weight, in (0, 1]; 0.9 leaves the least certain tenth.</param>
    /// <returns>The mean error of these rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="coverage"/> is outside of its range.</exception>
    public double GetError(double coverage)
    {
        if (!(coverage > 0 && coverage <= 1))
            throw OptionsValidation.OutOfRange(nameof(coverage), FormattableString.Invariant($"{coverage}"), "(0, 1]", coverage);
        double answered = coverage * _weights[^1];
        int group = Array.BinarySearch(_weights, answered);
        group = Math.Min(group < 0 ? ~group : group, _weights.Length - 1);
        (double weight, double error) = Before(group);
        return (error + ((answered - weight) * _rates[group])) / answered;
    }

    /// <summary>In a group of error rate r that begins at weight v with error e, ∫ (e + r (x − v)) / x dx = r (u − v) + (e − r v) log(u / v) up to its end u.</summary>
    private double Integrate()
    {
        double area = 0;
        for (int group = 0; group < _weights.Length; group++)
        {
            (double weight, double error) = Before(group);
            double rate = _rates[group];
            area += rate * (_weights[group] - weight);
            if (weight > 0)
                area += (error - (rate * weight)) * Math.Log(_weights[group] / weight);
        }

        return area / _weights[^1];
    }

    private (double Weight, double Error) Before(int group) => group == 0 ? default : (_weights[group - 1], _errors[group - 1]);
}
