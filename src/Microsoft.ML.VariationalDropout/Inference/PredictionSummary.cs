using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// Turns the outputs of a network, of one pass or of many draws, into what is predicted for a row. Owns scratch memory: for one thread at
/// a time.
/// </summary>
internal abstract class PredictionSummary
{
    public static PredictionSummary Create(TrainedNetwork network) => network.Architecture.Likelihood switch
    {
        Likelihood.Categorical => new CategoricalSummary(network.Architecture.OutputSize),
        Likelihood.Bernoulli => new BernoulliSummary(),
        _ => new GaussianSummary(network),
    };

    /// <summary>One pass with the posterior means over some rows; the outputs of the pass may be overwritten.</summary>
    /// <param name="pass">Has scored the rows.</param>
    /// <param name="first">Row of <paramref name="destination"/> that the first row of the pass is.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="outputs">Scratch memory, [OutputSize].</param>
    /// <param name="destination">Where the predictions go.</param>
    public virtual void SetMeans(PredictionPass pass, int first, int rows, double[] outputs, Predictions destination)
    {
        for (int i = 0; i < rows; i++)
        {
            pass.GetOutputs(i, outputs);
            SetMean(outputs, first + i, destination);
        }
    }

    /// <summary>One pass with the posterior means.</summary>
    /// <param name="outputs">[OutputSize]; may be overwritten.</param>
    /// <param name="row">Row of <paramref name="destination"/>.</param>
    /// <param name="destination">Where the prediction goes.</param>
    public abstract void SetMean(Span<double> outputs, int row, Predictions destination);

    /// <summary>Begins the draws of a row of <c>destination</c>.</summary>
    public abstract void BeginDraws(int row);

    /// <summary>Adds a draw.</summary>
    /// <param name="outputs">[OutputSize]; may be overwritten.</param>
    public abstract void AddDraw(Span<double> outputs);

    /// <summary>Ends the draws of a row.</summary>
    public abstract void EndDraws(int row, Predictions destination);

    /// <summary>Gaussian outputs, from moments that were carried through the network.</summary>
    /// <param name="means">[OutputSize].</param>
    /// <param name="variances">[OutputSize], 0 or more; they count as independent.</param>
    /// <param name="row">Row of <paramref name="destination"/>.</param>
    /// <param name="destination">Where the prediction goes.</param>
    public abstract void SetMoments(ReadOnlySpan<double> means, ReadOnlySpan<double> variances, int row, Predictions destination);
}
