using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Classes: as CategoricalSummary has them.</summary>
internal sealed class CategoricalNodes(int classes) : ScoreNodes
{
    private readonly VectorDataViewType _scoreType = new(NumberDataViewType.Single, classes);

    public override NetworkOutputs OfMean(GraphValue outputs) => Predict(outputs.Graph.Softmax(outputs, 1));

    public override NetworkOutputs OfDraws(GraphValue outputs)
    {
        GraphBuilder graph = outputs.Graph;
        GraphValue probabilities = graph.Softmax(outputs, 2);
        GraphValue mean = Mean(probabilities, out GraphValue deviation);
        GraphValue predictive = -graph.Sum(EntropyTerm(mean), 1, classes);
        GraphValue expected = -graph.Sum(Mean(EntropyTerm(probabilities)), 1, classes);

        NetworkOutputs result = Predict(mean);
        result.Add(graph.Output(NetworkOutputs.StandardDeviation, _scoreType, deviation));
        result.Add(graph.Output(NetworkOutputs.PredictiveEntropy, NumberDataViewType.Single, predictive));
        result.Add(graph.Output(NetworkOutputs.MutualInformation, NumberDataViewType.Single, GraphValue.Max(predictive - expected, 0)));
        return result;
    }

    /// <summary>The fixed draws of <see cref="SoftmaxMoments"/>.</summary>
    public override NetworkOutputs OfMoments(GraphMoments outputs)
    {
        float[] normals = SoftmaxMoments.CreateDraws(classes);
        GraphValue draws = outputs.Mean.Graph.Tensor("LogitNoise", normals, SoftmaxMoments.Draws, 1, classes);
        return OfDraws((GraphValue.Sqrt(outputs.Variance) * draws) + outputs.Mean);
    }

    /// <summary>The class of the greatest probability, counted from 1; 0, a missing key, where the probabilities are NaN.</summary>
    private NetworkOutputs Predict(GraphValue probabilities)
    {
        GraphBuilder graph = probabilities.Graph;
        GraphValue index = graph.ArgMax(probabilities);

        // A NaN is not less than anything; a node that asks for it is one that not all runtimes have.
        GraphValue isNumber = GraphValue.Less(graph.Element(probabilities, 1, 0), 2);
        GraphValue key = graph.Cast(GraphValue.Where(isNumber, index + graph.Integers(1), graph.Integers(0)), typeof(uint));
        return new NetworkOutputs
        {
            graph.Output(DefaultColumnNames.PredictedLabel, new KeyDataViewType(typeof(uint), classes), key),
            graph.Output(DefaultColumnNames.Score, _scoreType, probabilities),
        };
    }
}
