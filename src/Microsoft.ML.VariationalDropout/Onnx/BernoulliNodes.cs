using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Two classes: as BernoulliSummary has them.</summary>
internal sealed class BernoulliNodes(float threshold) : ScoreNodes
{
    private const double LeastLogProbability = BernoulliSummary.LeastLogProbability;

    public override NetworkOutputs OfMean(GraphValue outputs)
    {
        GraphValue logit = outputs.Graph.DropColumn(outputs);
        return Predict(logit, GraphValue.Sigmoid(logit));
    }

    public override NetworkOutputs OfDraws(GraphValue outputs)
    {
        GraphValue logits = outputs.Graph.DropColumn(outputs, isStacked: true);
        GraphValue probability = Mean(GraphValue.Sigmoid(logits), out GraphValue deviation);

        // Logarithms of both mean probabilities: neither underflows, and near 1 no digits are lost.
        return Predict(probability, deviation, LogMean(-GraphValue.Softplus(-logits)), LogMean(-GraphValue.Softplus(logits)), Mean(LogitMoments.Entropy(logits)));
    }

    public override NetworkOutputs OfMoments(GraphMoments outputs)
    {
        GraphBuilder graph = outputs.Mean.Graph;
        var moments = new LogitMoments(new GraphMoments(graph.DropColumn(outputs.Mean), graph.DropColumn(outputs.Variance)));
        return Predict(moments.Probability, moments.Deviation, moments.LogProbability, moments.LogComplement, moments.ExpectedEntropy);
    }

    /// <summary>log of the mean of e^x over the draws.</summary>
    /// <param name="values">x, [draws, rows].</param>
    private GraphValue LogMean(GraphValue values)
    {
        GraphValue largest = values.Graph.Largest(values, 0);
        return GraphValue.Log(Mean(GraphValue.Exp(values - largest))) + largest;
    }

    private NetworkOutputs Predict(GraphValue probability, GraphValue deviation, GraphValue logProbability, GraphValue logComplement, GraphValue expectedEntropy)
    {
        GraphBuilder graph = probability.Graph;
        GraphValue predictive = -((GraphValue.Exp(logProbability) * logProbability) + (GraphValue.Exp(logComplement) * logComplement));
        GraphValue logit = GraphValue.Max(logProbability, LeastLogProbability) - GraphValue.Max(logComplement, LeastLogProbability);
        NetworkOutputs result = Predict(logit, probability);
        result.Add(graph.Output(NetworkOutputs.StandardDeviation, NumberDataViewType.Single, deviation));
        result.Add(graph.Output(NetworkOutputs.PredictiveEntropy, NumberDataViewType.Single, predictive));
        result.Add(graph.Output(NetworkOutputs.MutualInformation, NumberDataViewType.Single, GraphValue.Max(predictive - expectedEntropy, 0)));
        return result;
    }

    private NetworkOutputs Predict(GraphValue logit, GraphValue probability)
        => new()
        {
            logit.Graph.Output(DefaultColumnNames.PredictedLabel, BooleanDataViewType.Instance, GraphValue.Greater(probability, threshold)),
            logit.Graph.Output(DefaultColumnNames.Score, NumberDataViewType.Single, logit),
            logit.Graph.Output(DefaultColumnNames.Probability, NumberDataViewType.Single, probability),
        };
}
