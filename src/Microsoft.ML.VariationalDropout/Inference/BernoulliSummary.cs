using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The probability of the positive class, averaged over the draws, its logit, spread, entropy and mutual information.</summary>
internal sealed class BernoulliSummary : PredictionSummary
{
    private RunningMoments _probability;
    private double _complements;
    private double _entropies;
    private int _draws;

    public override void SetMean(Span<double> outputs, int row, Predictions destination)
    {
        destination.Logits[row] = (float)Math.Clamp(outputs[0], float.MinValue, float.MaxValue);
        destination.Scores[row] = (float)BernoulliLikelihood.Sigmoid(outputs[0]);
    }

    public override void BeginDraws()
    {
        _probability = default;
        _complements = 0;
        _entropies = 0;
        _draws = 0;
    }

    public override void AddDraw(Span<double> outputs)
    {
        // The mean of 1 − p is summed by itself: near p = 1 the logit would lose its digits.
        double probability = BernoulliLikelihood.Sigmoid(outputs[0]), complement = BernoulliLikelihood.Sigmoid(-outputs[0]);
        _probability.Add(probability);
        _complements += complement;
        _entropies += Entropy([probability, complement]);
        _draws++;
    }

    public override void EndDraws(int row, Predictions destination)
    {
        double probability = _probability.Mean, complement = _complements / _draws;
        double predictive = Entropy([probability, complement]);

        // Finite where a mean underflows to 0.
        destination.Logits[row] = (float)(Math.Log(Math.Max(probability, double.Epsilon)) - Math.Log(Math.Max(complement, double.Epsilon)));
        destination.Scores[row] = (float)probability;
        destination.StandardDeviations[row] = (float)Math.Sqrt(_probability.Variance);
        destination.PredictiveEntropies[row] = (float)predictive;
        destination.MutualInformations[row] = (float)Clamp0(predictive - (_entropies / _draws));
    }
}
