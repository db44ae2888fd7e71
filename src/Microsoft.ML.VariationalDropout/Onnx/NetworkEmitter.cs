using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Writes a network as ONNX nodes: from the features as a user gave them to the score columns. The nodes have forms that the operator sets 9 to 17 share.
/// </summary>
internal static class NetworkEmitter
{
    /// <summary>The first operator set that has all nodes.</summary>
    public const int LowestOperatorSet = 9;

    /// <summary>Adds the nodes.</summary>
    /// <param name="context">The model that is being made.</param>
    /// <param name="network">The network.</param>
    /// <param name="featuresVariable">The ONNX variable of the features, [rows, …] of floats, <see cref="TrainedNetwork.FeatureCount"/> for each row.</param>
    /// <param name="graph">What the nodes compute.</param>
    /// <returns>
    /// The variables of the score columns. The context has each as an intermediate variable that its column's name stands for, which is what a scorer
    /// leaves behind; the caller makes them outputs of the graph.
    /// </returns>
    public static NetworkOutputs Emit(OnnxContext context, TrainedNetwork network, string featuresVariable, NetworkGraph graph)
    {
        context.CheckOpSetVersion(LowestOperatorSet, "VariationalDropout");
        var builder = new GraphBuilder(context);
        GraphValue inputs = LayerNodes.Standardise(network, builder.Variable(featuresVariable));
        var scores = ScoreNodes.Create(network, graph);

        // Without noise all draws are one and the same, and there are no variances.
        if (graph.Kind == NetworkGraphKind.PosteriorMean)
            return scores.OfMean(ForwardMean(network, inputs));
        if (graph.Kind == NetworkGraphKind.Moments && network.Architecture.Posterior.IsNoisy())
            return scores.OfMoments(MomentNodes.Forward(network, inputs));
        return scores.OfDraws(DrawNodes.Forward(network, inputs, graph));
    }

    private static GraphValue ForwardMean(TrainedNetwork network, GraphValue inputs)
    {
        GraphValue value = inputs;
        for (int l = 0; l < network.Layers.Count; l++)
        {
            value = LayerNodes.Forward(network.Layers[l], value);
            if (l < network.Layers.Count - 1)
                value = LayerNodes.Activate(network.Architecture.Activation, value);
        }

        return value;
    }
}
