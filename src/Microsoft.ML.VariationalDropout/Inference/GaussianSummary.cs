using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// The targets of a regression with their standard deviations in the label's units: total² = epistemic² + aleatoric², epistemic² the
/// variance of the means over the draws, aleatoric² the mean of the noise variances.
/// </summary>
internal sealed class GaussianSummary : PredictionSummary
{
    private readonly TargetScaling _targets;
    private readonly bool _isHeteroscedastic;
    private readonly double[] _logNoiseVariances;
    private readonly RunningMoments[] _means;
    private readonly double[] _noiseVariances;
    private readonly float[] _outputs;
    private int _draws;

    public GaussianSummary(TrainedNetwork network)
    {
        int count = network.Architecture.LabelCount;
        _targets = network.Targets ?? TargetScaling.Identity(count);
        _isHeteroscedastic = network.Architecture.Likelihood == Likelihood.HeteroscedasticGaussian;
        _logNoiseVariances = [.. network.LogNoiseVariances.Select(value => (double)value)];
        _means = new RunningMoments[count];
        _noiseVariances = new double[count];
        _outputs = new float[PredictionPass.Capacity * network.Architecture.OutputSize];
    }

    public override void SetMeans(PredictionPass pass, int first, int rows, double[] outputs, Predictions destination)
    {
        int count = _means.Length, size = outputs.Length;
        Span<float> all = _outputs.AsSpan(0, rows * size);
        pass.CopyOutputs(rows, all);
        for (int t = 0; t < count; t++)
        {
            // Alike for all rows, unless it is an output.
            float deviation = _isHeteroscedastic ? 0 : AleatoricDeviation(_logNoiseVariances[t], t);
            for (int row = 0; row < rows; row++)
            {
                int n = ((first + row) * count) + t;
                destination.Scores[n] = ToUnits(all[(row * size) + t], t);
                destination.AleatoricDeviations[n] = _isHeteroscedastic ? AleatoricDeviation(all[(row * size) + count + t], t) : deviation;
            }
        }
    }

    public override void SetMean(Span<double> outputs, int row, Predictions destination)
    {
        for (int t = 0; t < _means.Length; t++)
        {
            destination.Scores[(row * _means.Length) + t] = ToUnits(outputs[t], t);
            destination.AleatoricDeviations[(row * _means.Length) + t] = AleatoricDeviation(_isHeteroscedastic ? outputs[_means.Length + t] : _logNoiseVariances[t], t);
        }
    }

    public override void BeginDraws(int row)
    {
        Array.Clear(_means);
        Array.Clear(_noiseVariances);
        _draws = 0;
    }

    public override void AddDraw(Span<double> outputs)
    {
        for (int t = 0; t < _means.Length; t++)
        {
            _means[t].Add(outputs[t]);
            _noiseVariances[t] += NoiseVariance(outputs, t);
        }

        _draws++;
    }

    public override void EndDraws(int row, Predictions destination)
    {
        for (int t = 0; t < _means.Length; t++)
            SetDecomposition(row, t, _means[t].Mean, _means[t].Variance, _noiseVariances[t] / _draws, destination);
    }

    public override void SetMoments(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination)
    {
        int count = _means.Length;
        for (int t = 0; t < count; t++)
        {
            double noise = _isHeteroscedastic
                ? OutputMoments.ExpectedNoiseVariance(means[count + t], variances[count + t], GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance)
                : NoiseVariance(means, t);
            SetDecomposition(row, t, means[t], variances[t], noise, destination);
        }
    }

    private void SetDecomposition(int row, int target, double mean, double epistemicVariance, double aleatoricVariance, Predictions destination)
    {
        int n = (row * _means.Length) + target;
        double scale = _targets.Scales[target];
        destination.Scores[n] = ToUnits(mean, target);
        destination.EpistemicDeviations[n] = (float)(Math.Sqrt(epistemicVariance) * scale);
        destination.AleatoricDeviations[n] = (float)(Math.Sqrt(aleatoricVariance) * scale);
        destination.StandardDeviations[n] = (float)(Math.Sqrt(epistemicVariance + aleatoricVariance) * scale);
    }

    private float ToUnits(double mean, int target) => (float)((mean * _targets.Scales[target]) + _targets.Means[target]);

    private float AleatoricDeviation(double logVariance, int target)
        => (float)(Math.Sqrt(Math.Exp(GaussianLikelihood.ClampLogVariance(logVariance))) * _targets.Scales[target]);

    private double NoiseVariance(ReadOnlySpan<double> outputs, int target)
        => Math.Exp(GaussianLikelihood.ClampLogVariance(_isHeteroscedastic ? outputs[_means.Length + target] : _logNoiseVariances[target]));
}
