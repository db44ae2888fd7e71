using System.Runtime.InteropServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Calibration;

/// <summary>What became of the search for a temperature.</summary>
internal enum TemperatureOutcome
{
    /// <summary>It is the one of maximum likelihood.</summary>
    Fitted,

    /// <summary>Every label has the greatest logit: the likelihood rises for ever as the temperature falls to 0.</summary>
    Separated,

    /// <summary>The likelihood is greatest at a temperature beyond the limit, as a rule at infinity.</summary>
    NoBetterThanChance,

    /// <summary>In every row all logits are equal: the likelihood does not depend on the temperature.</summary>
    Constant,
}

/// <summary>
/// The temperature T that maximises Σ w log softmax(s / T)_label. In the inverse temperature β = 1 / T the negative log-likelihood is convex, with slope
/// Σ w (E_p[s] − s_label) and curvature Σ w Var_p[s], p = softmax(β s).
/// </summary>
internal sealed class TemperatureFit(int classes)
{
    /// <summary>T is at most this many times the root mean square of the logits around their mean.</summary>
    public const double GreatestRelativeTemperature = 1000;

    private const int MaximumSteps = 200;

    private readonly List<double> _logits = [];
    private readonly List<int> _labels = [];
    private readonly List<double> _weights = [];

    public void Add(ReadOnlySpan<double> logits, int label, double weight)
    {
        foreach (double logit in logits)
            _logits.Add(logit);
        _labels.Add(label);
        _weights.Add(weight);
    }

    /// <returns>The temperature, and whether it is one of maximum likelihood; 1 where all or none are.</returns>
    public (double Temperature, TemperatureOutcome Outcome) Solve()
    {
        double spread = Math.Sqrt(Measure(0).Curvature);
        if (!(spread > 0))
            return (1, TemperatureOutcome.Constant);
        if (IsSeparated())
            return (1, TemperatureOutcome.Separated);

        // The slope grows with β, from below 0 at the lower end to above 0 at the upper one.
        double lower = 1 / (GreatestRelativeTemperature * spread);
        if (Measure(lower).Slope >= 0)
            return (1 / lower, TemperatureOutcome.NoBetterThanChance);
        double upper = Math.Max(1 / spread, 2 * lower);
        while (Measure(upper).Slope < 0)
        {
            lower = upper;
            upper *= 2;
        }

        // Newton's steps, cut to the middle where they leave the bracket.
        double inverse = upper;
        for (int step = 0; step < MaximumSteps; step++)
        {
            (double slope, double curvature) = Measure(inverse);
            if (slope < 0)
                lower = inverse;
            else
                upper = inverse;
            double next = inverse - (slope / curvature);
            if (!(next > lower && next < upper))
                next = 0.5 * (lower + upper);
            double change = Math.Abs(next - inverse);
            inverse = next;
            if (change <= 1e-14 * inverse)
                break;
        }

        return (1 / inverse, TemperatureOutcome.Fitted);
    }

    /// <summary>The mean of −log softmax(s / T)_label, in nats.</summary>
    public double NegativeLogLikelihood(double temperature)
    {
        double sum = 0, weights = 0;
        Span<double> probabilities = classes <= 256 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < _labels.Count; row++)
        {
            ReadOnlySpan<double> logits = Logits(row);
            double normalizer = Softmax(logits, 1 / temperature, probabilities);
            sum += _weights[row] * (normalizer - (logits[_labels[row]] / temperature));
            weights += _weights[row];
        }

        return sum / weights;
    }

    /// <summary>softmax(β s).</summary>
    /// <returns>log Σ e^(β s).</returns>
    public static double Softmax(ReadOnlySpan<double> logits, double inverseTemperature, Span<double> destination)
    {
        double greatest = double.NegativeInfinity;
        foreach (double logit in logits)
            greatest = Math.Max(greatest, logit);
        double sum = 0;
        for (int k = 0; k < logits.Length; k++)
            sum += destination[k] = Math.Exp(inverseTemperature * (logits[k] - greatest));
        for (int k = 0; k < logits.Length; k++)
            destination[k] /= sum;
        return (inverseTemperature * greatest) + Math.Log(sum);
    }

    private ReadOnlySpan<double> Logits(int row) => CollectionsMarshal.AsSpan(_logits).Slice(row * classes, classes);

    private (double Slope, double Curvature) Measure(double inverseTemperature)
    {
        double slope = 0, curvature = 0, weights = 0;
        Span<double> probabilities = classes <= 256 ? stackalloc double[classes] : new double[classes];
        for (int row = 0; row < _labels.Count; row++)
        {
            ReadOnlySpan<double> logits = Logits(row);
            Softmax(logits, inverseTemperature, probabilities);
            double atLabel = logits[_labels[row]], mean = 0, variance = 0;

            // Around the label's: what is certain adds nothing, and not the rounding of large logits.
            for (int k = 0; k < classes; k++)
                mean += probabilities[k] * (logits[k] - atLabel);
            for (int k = 0; k < classes; k++)
            {
                double deviation = logits[k] - atLabel - mean;
                variance += probabilities[k] * deviation * deviation;
            }

            slope += _weights[row] * mean;
            curvature += _weights[row] * variance;
            weights += _weights[row];
        }

        return (slope / weights, curvature / weights);
    }

    private bool IsSeparated()
    {
        for (int row = 0; row < _labels.Count; row++)
        {
            ReadOnlySpan<double> logits = Logits(row);
            foreach (double logit in logits)
            {
                if (logit > logits[_labels[row]])
                    return false;
            }
        }

        return true;
    }
}
