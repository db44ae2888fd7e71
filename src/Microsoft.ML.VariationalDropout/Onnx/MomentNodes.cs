using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Moment propagation: a layer makes μθ + b of the means; of the variances νθ² + (μ² + ν)σ² with noise on every weight, (ν + α(μ² + ν))θ² with noise on the
/// inputs.
/// </summary>
internal static class MomentNodes
{
    /// <summary>The moments of the outputs of a network with noise.</summary>
    public static GraphMoments Forward(TrainedNetwork network, GraphValue inputs)
    {
        GraphMoments moments = ForwardLayer(network, 0, inputs, null);
        for (int l = 1; l < network.Layers.Count; l++)
        {
            moments = ActivationMomentNodes.Propagate(network.Architecture.Activation, moments, network.Layers[l].Inputs);
            moments = ForwardLayer(network, l, moments.Mean, moments.Variance);
        }

        return moments;
    }

    /// <summary>A layer whose inputs have variances, or, the first, none.</summary>
    private static GraphMoments ForwardLayer(TrainedNetwork network, int index, GraphValue mean, GraphValue? inputVariance)
    {
        GraphBuilder graph = mean.Graph;
        TrainedLayer layer = network.Layers[index];
        PredictionLayer parameters = network.PredictionLayers[index];
        GraphValue output = LayerNodes.Forward(layer, mean);
        GraphValue square = GraphValue.Square(mean);
        if (inputVariance is GraphValue variance)
            square += variance;

        GraphValue zero = graph.Tensor("Zero", [0], 1);
        if (network.Architecture.Posterior.IsOnInputs())
        {
            GraphValue noise = square * graph.Tensor("NoiseVariances", parameters.InputVariances.Span[..layer.Inputs].ToArray(), layer.Inputs);
            return new GraphMoments(output, graph.Gemm(inputVariance is GraphValue passed ? noise + passed : noise, Matrix(parameters.SquaredWeights, "SquaredWeights"), zero));
        }

        GraphValue own = graph.Gemm(square, Matrix(parameters.Variances, "WeightVariances"), zero);
        return new GraphMoments(output, inputVariance is GraphValue given ? graph.Gemm(given, Matrix(parameters.SquaredWeights, "SquaredWeights"), own) : own);

        GraphValue Matrix(BlockedMatrix<float> matrix, string name) => LayerNodes.Matrix(graph, name, layer, (i, j) => matrix[i, j]);
    }
}
