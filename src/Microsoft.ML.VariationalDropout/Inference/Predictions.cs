using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// What is predicted for a block of rows. Which arrays have numbers depends on the likelihood and on whether uncertainties were asked for;
/// the others are empty. Everything of a regression is in the label's own units.
/// </summary>
internal sealed class Predictions
{
    /// <param name="architecture">The network's.</param>
    /// <param name="capacity">Rows of the largest block.</param>
    /// <param name="withUncertainty">Whether more than the posterior mean will be asked for.</param>
    public Predictions(NetworkArchitecture architecture, int capacity, bool withUncertainty)
    {
        Size = architecture.ScoreSize;
        bool isRegression = architecture.Likelihood is Likelihood.Gaussian or Likelihood.HeteroscedasticGaussian;
        int uncertain = withUncertainty ? capacity : 0;
        Scores = new float[capacity * Size];
        Logits = new float[architecture.Likelihood == Likelihood.Bernoulli ? capacity : 0];
        AleatoricDeviations = new float[isRegression ? capacity * Size : 0];
        EpistemicDeviations = new float[isRegression ? uncertain * Size : 0];
        StandardDeviations = new float[uncertain * Size];
        PredictiveEntropies = new float[isRegression ? 0 : uncertain];
        MutualInformations = new float[isRegression ? 0 : uncertain];
    }

    /// <summary>Numbers of a row: class probabilities, the probability of the positive class, or the targets.</summary>
    public int Size { get; }

    /// <summary>[rows × Size]: probabilities, or predicted targets.</summary>
    public float[] Scores { get; }

    /// <summary>[rows]: the logit of the positive class's probability; Bernoulli alone.</summary>
    public float[] Logits { get; }

    /// <summary>[rows × Size]: of a probability over the posterior; of a target in all, sqrt(epistemic² + aleatoric²).</summary>
    public float[] StandardDeviations { get; }

    /// <summary>[rows × Size]: of a target's mean over the posterior; regression alone.</summary>
    public float[] EpistemicDeviations { get; }

    /// <summary>[rows × Size]: root of the mean noise variance; regression alone, in every mode.</summary>
    public float[] AleatoricDeviations { get; }

    /// <summary>[rows]: entropy of the predicted distribution in nats; classification alone.</summary>
    public float[] PredictiveEntropies { get; }

    /// <summary>[rows]: the part of the entropy that comes from not knowing the weights, in nats, 0 or more; classification alone.</summary>
    public float[] MutualInformations { get; }
}
