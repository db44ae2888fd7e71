using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Turns the outputs of a network into score columns, as the summary of its likelihood does, with every sum in single precision.</summary>
internal abstract class ScoreNodes
{
    /// <summary>
    /// Where p log p is cut off: what is left of it below is nothing in single precision, and half precision has the number.
    /// </summary>
    private const double LeastProbability = 1e-7;

    /// <summary>The draws whose sum in single precision, one after the other, is still good for six digits.</summary>
    private const int FewDraws = 256;

    private bool _hasManyDraws;

    public static ScoreNodes Create(TrainedNetwork network, NetworkGraph graph)
    {
        ScoreNodes nodes = network.Architecture.Likelihood switch
        {
            Likelihood.Categorical => new CategoricalNodes(network.Architecture.OutputSize),
            Likelihood.Bernoulli => new BernoulliNodes(graph.Threshold),
            _ => new GaussianNodes(network),
        };
        nodes._hasManyDraws = graph.Samples > FewDraws;
        return nodes;
    }

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
    protected GraphValue Mean(GraphValue values, out GraphValue deviation)
    {
        GraphValue mean = Mean(values);
        deviation = GraphValue.Sqrt(Mean(GraphValue.Square(values - mean)));
        return mean;
    }

    /// <summary>Mean over the draws; of many, the mean of what is left around a first one is added to it: its sum stays near 0 and loses nothing.</summary>
    /// <param name="values">[draws, rows, …].</param>
    protected GraphValue Mean(GraphValue values)
    {
        GraphValue mean = values.Graph.Mean(values, 0);
        return _hasManyDraws ? mean + values.Graph.Mean(values - mean, 0) : mean;
    }

    /// <summary>p log p, 0 where p is.</summary>
    public static GraphValue EntropyTerm(GraphValue probability) => probability * GraphValue.Log(GraphValue.Max(probability, LeastProbability));
}
