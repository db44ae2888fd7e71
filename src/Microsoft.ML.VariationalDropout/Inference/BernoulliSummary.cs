using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The probability of the positive class, averaged over the draws, its logit, spread, entropy and mutual information.</summary>
internal sealed class BernoulliSummary : PredictionSummary
{
    /// <summary>The smallest probability that a logit is made of.</summary>
    public const double LeastLogProbability = -690.77552789821371;

    private RunningMoments _probability;
    private double _complements;
    private double _entropies;
    private int _draws;

    public override void SetMeans(PredictionPass pass, int first, int rows, double[] outputs, Predictions destination)
    {
        Span<float> logits = destination.Logits.AsSpan(first, rows);
        pass.CopyOutputs(rows, logits);
        for (int i = 0; i < rows; i++)
            logits[i] = Math.Clamp(logits[i], float.MinValue, float.MaxValue);
        pass.Squash(rows);
        pass.CopyOutputs(rows, destination.Scores.AsSpan(first, rows));
    }

    public override void SetMean(Span<double> outputs, int row, Predictions destination)
    {
        destination.Logits[row] = (float)Math.Clamp(outputs[0], float.MinValue, float.MaxValue);
        destination.Scores[row] = (float)SpecialFunctions.Sigmoid(outputs[0]);
    }

    public override void BeginDraws(int row)
    {
        _probability = default;
        _complements = 0;
        _entropies = 0;
        _draws = 0;
    }

    public override void AddDraw(Span<double> outputs)
    {
        // The mean of 1 − p is summed by itself: near p = 1 the logit would lose its digits.
        double probability = SpecialFunctions.Sigmoid(outputs[0]), complement = SpecialFunctions.Sigmoid(-outputs[0]);
        _probability.Add(probability);
        _complements += complement;
        _entropies += Entropy.OfLogit(outputs[0]);
        _draws++;
    }

    public override void EndDraws(int row, Predictions destination)
        => Set(row, _probability.Mean, _complements / _draws, _probability.Variance, _entropies / _draws, destination);

    public override void SetMoments(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination)
    {
        OutputMoments.Bernoulli(means[0], variances[0], out double probability, out double probabilityVariance, out double expectedEntropy);
        ActivationMoments.Propagate(Activation.Sigmoid, -means[0], variances[0], out double complement, out _);
        Set(row, probability, complement, probabilityVariance, expectedEntropy, destination);

        // Far out the probability is right next to 0 or 1, and its logarithm is not.
        destination.Logits[row] = Logit(OutputMoments.LogProbability(means[0], variances[0]), OutputMoments.LogProbability(-means[0], variances[0]));
    }

    private static void Set(int row, double probability, double complement, double probabilityVariance, double expectedEntropy, Predictions destination)
    {
        double predictive = Entropy.Categorical([probability, complement]);

        destination.Logits[row] = Logit(Math.Log(probability), Math.Log(complement));
        destination.Scores[row] = (float)probability;
        destination.StandardDeviations[row] = (float)Math.Sqrt(probabilityVariance);
        destination.PredictiveEntropies[row] = (float)predictive;
        destination.MutualInformations[row] = (float)Entropy.MutualInformation(predictive, expectedEntropy);
    }

    /// <summary>A probability that rounds to 0 still has a finite logit.</summary>
    private static float Logit(double logProbability, double logComplement)
        => (float)(Math.Max(logProbability, LeastLogProbability) - Math.Max(logComplement, LeastLogProbability));
}
