using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Class probabilities, averaged over the draws, with their spread, the entropy of the average and the mutual information.</summary>
internal sealed class CategoricalSummary(int classes) : PredictionSummary
{
    private readonly RunningMoments[] _probabilities = new RunningMoments[classes];
    private readonly double[] _means = new double[classes];
    private readonly double[] _deviations = new double[classes];
    private SoftmaxMoments? _moments;
    private double _entropies;
    private int _draws;

    public override void SetMeans(PredictionPass pass, int first, int rows, double[] outputs, Predictions destination)
    {
        pass.Normalize(rows);
        pass.CopyOutputs(rows, destination.Scores.AsSpan(first * classes, rows * classes));
    }

    public override void SetMean(Span<double> outputs, int row, Predictions destination)
    {
        CategoricalLikelihood.Normalize(outputs);
        for (int k = 0; k < classes; k++)
            destination.Scores[(row * classes) + k] = (float)outputs[k];
    }

    public override void BeginDraws(int row)
    {
        Array.Clear(_probabilities);
        _entropies = 0;
        _draws = 0;
    }

    public override void AddDraw(Span<double> outputs)
    {
        CategoricalLikelihood.Normalize(outputs);
        for (int k = 0; k < classes; k++)
            _probabilities[k].Add(outputs[k]);
        _entropies += Entropy.Categorical(outputs);
        _draws++;
    }

    public override void EndDraws(int row, Predictions destination)
    {
        for (int k = 0; k < classes; k++)
        {
            _means[k] = _probabilities[k].Mean;
            destination.Scores[(row * classes) + k] = (float)_means[k];
            destination.StandardDeviations[(row * classes) + k] = (float)Math.Sqrt(_probabilities[k].Variance);
        }

        double predictive = Entropy.Categorical(_means);
        destination.PredictiveEntropies[row] = (float)predictive;
        destination.MutualInformations[row] = (float)Entropy.MutualInformation(predictive, _entropies / _draws);
    }

    public override void SetMoments(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination)
    {
        (_moments ??= new SoftmaxMoments(classes)).Compute(means, variances, _means, _deviations, out double predictiveEntropy, out double mutualInformation);
        for (int k = 0; k < classes; k++)
        {
            destination.Scores[(row * classes) + k] = (float)_means[k];
            destination.StandardDeviations[(row * classes) + k] = (float)_deviations[k];
        }

        destination.PredictiveEntropies[row] = (float)predictiveEntropy;
        destination.MutualInformations[row] = (float)mutualInformation;
    }
}
