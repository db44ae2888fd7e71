namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// The Gaussian likelihood of each target: log p = −½[log 2π + v + (y − m)² e^−v] on the standardised target, less log Scale. The
/// log-variance v is an output of the network of its own (heteroscedastic) or one learned number per target.
/// </summary>
/// <remarks>
/// v is kept within [<see cref="LowestLogVariance"/>, <see cref="HighestLogVariance"/>] in training and prediction alike. Outside, its
/// gradient is that at the bound where it leads back, and 0 where it leads further out: a plain clamp would leave v stuck there.
/// <para>
/// With β &gt; 0 the gradient of a row's target is multiplied by e^βv over the mean of that in the minibatch (Seitzer et al. 2022, but with a
/// mean weight of 1, whatever the targets' noise is): errors of rows that are already fitted well count for less than 1 / variance.
/// </para>
/// </remarks>
internal sealed class GaussianLikelihood(TargetScaling targets, bool isHeteroscedastic, double beta = 0) : OutputLikelihood
{
    public const double LowestLogVariance = -12;
    public const double HighestLogVariance = 6;

    private const double LogTwoPi = 1.8378770664093454836;

    private readonly double[] _logNoiseVariances = new double[isHeteroscedastic ? 0 : targets.Means.Length];

    /// <summary>What a log-density has beside the standardised error and its variance: −½ log 2π − log Scale.</summary>
    private readonly double[] _constants = [.. targets.Scales.Select(scale => (-0.5 * LogTwoPi) - Math.Log(scale))];

    /// <summary>1 ÷ the mean of e^βv in the minibatch, for each target.</summary>
    private readonly double[] _rowWeightScales = new double[isHeteroscedastic && beta > 0 ? targets.Means.Length : 0];

    public override int RowWeightCount => _rowWeightScales.Length;

    public override int LogNoiseVarianceCount => _logNoiseVariances.Length;

    public static double ClampLogVariance(double logVariance) => Math.Clamp(logVariance, LowestLogVariance, HighestLogVariance);

    public override void SetLogNoiseVariances(ReadOnlySpan<double> values) => values.CopyTo(_logNoiseVariances);

    public override void AddRowWeights(ReadOnlySpan<double> outputs, double weight, Span<double> sums)
    {
        for (int t = 0; t < sums.Length; t++)
            sums[t] += weight * RowWeight(ClampLogVariance(LogVariance(outputs, t)));
    }

    public override void SetMeanRowWeights(ReadOnlySpan<double> means)
    {
        for (int t = 0; t < means.Length; t++)
            _rowWeightScales[t] = 1 / means[t];
    }

    public override double LogLikelihood(Span<double> outputs, ReadOnlySpan<float> labels)
    {
        double sum = 0;
        for (int t = 0; t < labels.Length; t++)
        {
            double logVariance = ClampLogVariance(LogVariance(outputs, t));
            double error = Standardize(labels, t) - outputs[t];
            sum += LogDensity(error, logVariance, Math.Exp(-logVariance), t);
        }

        return sum;
    }

    public override double Differentiate(Span<double> outputs, ReadOnlySpan<float> labels, double scale, Span<double> logNoiseVarianceGradient)
    {
        double sum = 0;
        for (int t = 0; t < labels.Length; t++)
        {
            double free = LogVariance(outputs, t), logVariance = ClampLogVariance(free);
            double error = Standardize(labels, t) - outputs[t];
            double precision = Math.Exp(-logVariance);
            sum += LogDensity(error, logVariance, precision, t);
            double rowScale = _rowWeightScales.Length == 0 ? scale : scale * _rowWeightScales[t] * RowWeight(logVariance);
            outputs[t] = -rowScale * error * precision;

            double slope = 0.5 * rowScale * (1 - (error * error * precision));
            bool leadsOut = (free > HighestLogVariance && slope < 0) || (free < LowestLogVariance && slope > 0);
            if (leadsOut)
                slope = 0;
            if (isHeteroscedastic)
                outputs[labels.Length + t] = slope;
            else
                logNoiseVarianceGradient[t] += slope;
        }

        return sum;
    }

    private double RowWeight(double logVariance) => Math.Exp(beta * logVariance);

    private double LogVariance(ReadOnlySpan<double> outputs, int target)
        => isHeteroscedastic ? outputs[targets.Means.Length + target] : _logNoiseVariances[target];

    private double Standardize(ReadOnlySpan<float> labels, int target) => (labels[target] - targets.Means[target]) / targets.Scales[target];

    private double LogDensity(double error, double logVariance, double precision, int target)
        => _constants[target] - (0.5 * (logVariance + (error * error * precision)));
}
