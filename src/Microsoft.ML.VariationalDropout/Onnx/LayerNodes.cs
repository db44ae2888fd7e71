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
            inputs = network.Pruning is null ? AddBins(inputs, selected, network.FeatureCount) : graph.Gather(inputs, 1, [.. selected.Select(feature => (long)feature)]);
        if (network.Scaling is not FeatureScaling scaling)
            return GraphValue.Clamp(inputs, -FeatureScaling.UnscaledLimit, FeatureScaling.UnscaledLimit);
        inputs = scaling.Lowest is null
            ? GraphValue.Clamp(Affine(inputs, scaling.Means, scaling.Scales), -FeatureScaling.Limit, FeatureScaling.Limit)
            : LimitEach(inputs, scaling);
        return scaling.OutlierThreshold > 0 ? CompressOutliers(inputs, scaling.OutlierThreshold) : inputs;
    }

    /// <summary>(x − shifts) × scales.</summary>
    private static GraphValue Affine(GraphValue inputs, float[] shifts, float[] scales)
        => (inputs - inputs.Graph.Tensor("FeatureMeans", shifts, shifts.Length)) * inputs.Graph.Tensor("FeatureScales", scales, scales.Length);

    /// <summary>
    /// Each input in its own limits, by limits of ± 1 for all, before their width is given back: OpenCV knows no others.
    /// </summary>
    private static GraphValue LimitEach(GraphValue inputs, FeatureScaling scaling)
    {
        int count = scaling.Means.Length;
        float[] shifts = new float[count], scales = new float[count], widths = new float[count], centres = new float[count];
        for (int i = 0; i < count; i++)
        {
            double scale = scaling.Scales[i], lowest = scaling.Lowest![i], highest = scaling.Highest![i], width = (highest - lowest) / 2;
            bool isConstant = scale == 0 || width == 0;
            double centre = isConstant ? Math.Clamp(0, lowest, highest) : (lowest + highest) / 2;
            shifts[i] = (float)(isConstant ? scaling.Means[i] : scaling.Means[i] + (centre / scale));
            scales[i] = (float)(isConstant ? 0 : scale / width);
            widths[i] = (float)(isConstant ? 0 : width);
            centres[i] = (float)centre;
        }

        GraphValue limited = GraphValue.Clamp(Affine(inputs, shifts, scales), -1, 1);
        return (limited * inputs.Graph.Tensor("InputWidths", widths, count)) + inputs.Graph.Tensor("InputCentres", centres, count);
    }

    /// <summary>Features, and beside them those again that have bins, once for each; in single columns, because OpenCV gathers no more at once.</summary>
    private static GraphValue AddBins(GraphValue features, int[] inputFeatures, int count)
    {
        var columns = new List<GraphValue> { features };
        foreach (var (feature, bins) in inputFeatures[count..].CountBy(feature => feature))
            columns.AddRange(Enumerable.Repeat(features.Graph.Gather(features, 1, feature), bins));
        return features.Graph.Columns([.. columns]);
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
