using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// The logarithm of the predictive density of labels that are known: log p(y | x) of the mean network, log 1/n Σ_s p(y | x, w_s) over draws, or
/// of the Gaussian outputs that moments give (of classes by <see cref="SoftmaxMoments.Draws"/> fixed draws). Joint over several targets, which are independent given the weights. In nats; of a regression in the
/// label's units.
/// </summary>
internal sealed class LikelihoodSummary : PredictionSummary
{
    private readonly NetworkArchitecture _architecture;
    private readonly OutputLikelihood _likelihood;
    private readonly TargetScaling _targets;
    private readonly double[] _logNoiseVariances;
    private readonly double[] _terms;
    private readonly double[] _deviations;
    private double _largest;
    private double _sum;
    private int _row;
    private int _draws;
    private float[]? _momentDraws;

    /// <param name="network">The network.</param>
    /// <param name="capacity">Rows of the largest block.</param>
    public LikelihoodSummary(TrainedNetwork network, int capacity)
    {
        _architecture = network.Architecture;
        _targets = network.Targets ?? TargetScaling.Identity(_architecture.LabelCount);
        _likelihood = OutputLikelihood.Create(_architecture, network.Targets);
        _logNoiseVariances = [.. network.LogNoiseVariances.Select(value => (double)value)];
        _likelihood.SetLogNoiseVariances(_logNoiseVariances);
        _terms = new double[_architecture.OutputSize];
        _deviations = new double[_architecture.OutputSize];
        Labels = new float[capacity * _architecture.LabelCount];
        LogLikelihoods = new double[capacity];
    }

    /// <summary>[rows × LabelCount], to be filled in before predicting.</summary>
    public float[] Labels { get; }

    /// <summary>[rows], in nats.</summary>
    public double[] LogLikelihoods { get; }

    public override void SetMean(Span<double> outputs, int row, Predictions destination) => LogLikelihoods[row] = _likelihood.LogLikelihood(outputs, LabelsOf(row));

    public override void BeginDraws(int row)
    {
        _row = row;
        _draws = 0;
        _sum = 0;
        _largest = double.NegativeInfinity;
    }

    public override void AddDraw(Span<double> outputs)
    {
        // log Σ exp, with the largest term so far taken out.
        double term = _likelihood.LogLikelihood(outputs, LabelsOf(_row));
        double largest = Math.Max(_largest, term);
        _sum = (_sum * Math.Exp(_largest - largest)) + Math.Exp(term - largest);
        _largest = largest;
        _draws++;
    }

    public override void EndDraws(int row, Predictions destination) => LogLikelihoods[row] = _largest + Math.Log(_sum / _draws);

    public override void SetMoments(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination)
    {
        ReadOnlySpan<float> labels = LabelsOf(row);
        switch (_architecture.Likelihood)
        {
            case Likelihood.Categorical:
                SetMomentDraws(means, variances, row, destination);
                break;
            case Likelihood.Bernoulli:
                LogLikelihoods[row] = OutputMoments.LogProbability(labels[0] > 0 ? means[0] : -means[0], variances[0]);
                break;
            default:
                LogLikelihoods[row] = LogDensity(means, variances, labels);
                break;
        }
    }

    /// <summary>The draws of <see cref="SoftmaxMoments"/>, averaged by their logarithms: a probability may be too small for a number, its logarithm is not.</summary>
    private void SetMomentDraws(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination)
    {
        _momentDraws ??= SoftmaxMoments.CreateDraws(means.Length);
        Span<double> logits = _terms.AsSpan(0, means.Length), deviations = _deviations.AsSpan(0, means.Length);
        for (int k = 0; k < deviations.Length; k++)
            deviations[k] = Math.Sqrt(Math.Max(variances[k], 0));
        BeginDraws(row);
        for (int draw = 0; draw < SoftmaxMoments.Draws; draw++)
        {
            for (int k = 0; k < logits.Length; k++)
                logits[k] = means[k] + (deviations[k] * _momentDraws[(draw * logits.Length) + k]);
            AddDraw(logits);
        }

        EndDraws(row, destination);
    }

    private double LogDensity(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, ReadOnlySpan<float> labels)
    {
        double sum = 0;
        int count = labels.Length;
        bool isHeteroscedastic = _architecture.Likelihood == Likelihood.HeteroscedasticGaussian;
        for (int t = 0; t < count; t++)
        {
            double target = (labels[t] - _targets.Means[t]) / _targets.Scales[t];
            double meanV = isHeteroscedastic ? means[count + t] : _logNoiseVariances[t], varianceV = isHeteroscedastic ? variances[count + t] : 0;
            sum += OutputMoments.LogDensity(target, means[t], variances[t], meanV, varianceV, GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance)
                - Math.Log(_targets.Scales[t]);
        }

        return sum;
    }

    private ReadOnlySpan<float> LabelsOf(int row) => Labels.AsSpan(row * _architecture.LabelCount, _architecture.LabelCount);
}
