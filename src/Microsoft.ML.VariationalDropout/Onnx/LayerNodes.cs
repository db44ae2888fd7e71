using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The nodes of one layer without noise, and what comes before the first: the standardised features.</summary>
internal static class LayerNodes
{
    /// <summary>
    /// What the names of a layer's matrices begin with: these may be stored in fewer bits, other constants that are multiplied with, as those of a quadrature, may not.
    /// </summary>
    public const string MatrixPrefix = GraphBuilder.Prefix + Matrices;

    private const string Matrices = "Layer.";

    /// <summary>The inputs of the first layer, [rows, inputs], from the features as a user gave them.</summary>
    /// <remarks>As <see cref="FeatureScaling"/> has it: a NaN comes through, what is out of bounds is limited, outliers are compressed.</remarks>
    public static GraphValue Standardise(TrainedNetwork network, GraphValue features)
    {
        GraphBuilder graph = features.Graph;

        // Encoders of categories leave another dimension behind.
        GraphValue inputs = graph.Flatten(features);
        if (network.InputFeatures is int[] selected)
            inputs = graph.Gather(inputs, 1, [.. selected.Select(feature => (long)feature)]);
        if (network.Scaling is not FeatureScaling scaling)
            return GraphValue.Clamp(inputs, -FeatureScaling.UnscaledLimit, FeatureScaling.UnscaledLimit);
        inputs = inputs - graph.Tensor("FeatureMeans", scaling.Means, scaling.Means.Length);
        inputs = inputs * graph.Tensor("FeatureScales", scaling.Scales, scaling.Scales.Length);
        inputs = scaling is { Lowest: float[] lowest, Highest: float[] highest }
            ? GraphValue.Min(GraphValue.Max(inputs, graph.Tensor("FeatureLowest", lowest, lowest.Length)), graph.Tensor("FeatureHighest", highest, highest.Length))
            : GraphValue.Clamp(inputs, -FeatureScaling.Limit, FeatureScaling.Limit);
        return scaling.OutlierThreshold > 0 ? CompressOutliers(inputs, scaling.OutlierThreshold) : inputs;
    }

    /// <summary>As <see cref="OutlierCompression{TLanes, T}"/>. Up to the threshold the excess is 0, and what is added is too.</summary>
    private static GraphValue CompressOutliers(GraphValue z, float threshold)
    {
        GraphValue inside = GraphValue.Clamp(z, -threshold, threshold), excess = z - inside;
        return inside + (GraphValue.Sign(excess) * GraphValue.Log(GraphValue.Abs(excess) + 1));
    }

    /// <summary>Aθ + b.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">A, [rows, inputs].</param>
    public static GraphValue Forward(TrainedLayer layer, GraphValue input)
        => input.Graph.Gemm(input, Matrix(input.Graph, "Weights", layer, (i, j) => layer.Weights[(i * layer.Outputs) + j]), input.Graph.Tensor("Biases", layer.Biases, layer.Outputs));

    /// <summary>A matrix of a layer, turned to [outputs, inputs].</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">What it is.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="element">Its element for an input and an output.</param>
    public static GraphValue Matrix(GraphBuilder graph, string name, TrainedLayer layer, Func<int, int, float> element)
    {
        float[] values = new float[layer.Outputs * layer.Inputs];
        for (int j = 0; j < layer.Outputs; j++)
        {
            for (int i = 0; i < layer.Inputs; i++)
                values[(j * layer.Inputs) + i] = element(i, j);
        }

        return graph.Tensor(Matrices + name, values, layer.Outputs, layer.Inputs);
    }

    /// <summary>f(z).</summary>
    public static GraphValue Activate(Activation activation, GraphValue z) => activation switch
    {
        Activation.Relu => z.Graph.Node("Relu", z),
        Activation.Softplus => GraphValue.Softplus(z),
        Activation.Tanh => z.Graph.Node("Tanh", z),
        Activation.Gelu => z * z.Graph.NormalDistribution(z),

        // Not z σ(z): runtimes bound their sigmoid away from 0, and z may be large.
        Activation.Silu => z / (GraphValue.Exp(-z) + 1),
        Activation.LeakyRelu => z.Graph.LeakyRelu(z, ActivationFunctions.LeakyReluSlope),
        Activation.Sigmoid => GraphValue.Sigmoid(z),
        _ => throw new InvalidOperationException($"Unknown activation {activation}."),
    };
}
