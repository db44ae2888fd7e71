using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Turns the outputs of a network into score columns, as the summary of its likelihood does, with every sum in single precision.</summary>
internal abstract class ScoreNodes
{
    /// <summary>
    /// Where p log p is cut off: what is left of it below is nothing in single precision, and half precision has the number.
    /// </summary>
    private const double LeastProbability = 1e-7;

    public static ScoreNodes Create(TrainedNetwork network, NetworkGraph graph) => network.Architecture.Likelihood switch
    {
        Likelihood.Categorical => new CategoricalNodes(network.Architecture.OutputSize),
        Likelihood.Bernoulli => new BernoulliNodes(graph.Threshold),
        _ => new GaussianNodes(network),
    };

    /// <summary>One pass with the posterior means.</summary>
    /// <param name="outputs">[rows, outputs].</param>
    public abstract NetworkOutputs OfMean(GraphValue outputs);

    /// <summary>Draws.</summary>
    /// <param name="outputs">[draws, rows, outputs].</param>
    public abstract NetworkOutputs OfDraws(GraphValue outputs);

    /// <summary>Gaussian outputs.</summary>
    public abstract NetworkOutputs OfMoments(GraphMoments outputs);

    /// <summary>Mean and standard deviation over the draws, divisor their number; the variance is centred.</summary>
    /// <param name="values">[draws, rows, n].</param>
    /// <param name="deviation">[rows, n].</param>
    protected static GraphValue Mean(GraphValue values, out GraphValue deviation)
    {
        GraphValue mean = values.Graph.Mean(values, 0);
        deviation = GraphValue.Sqrt(values.Graph.Mean(GraphValue.Square(values - mean), 0));
        return mean;
    }

    /// <summary>p log p, 0 where p is.</summary>
    protected static GraphValue EntropyTerm(GraphValue probability) => probability * GraphValue.Log(GraphValue.Max(probability, LeastProbability));
}
