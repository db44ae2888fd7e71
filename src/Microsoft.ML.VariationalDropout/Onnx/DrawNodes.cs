using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>
/// Draws of the network, all in one batch: [draws, rows, units], a matrix of draws × rows wherever a layer multiplies. The noise depends on draw, layer and
/// unit alone, not on the row: [draws, 1, units]. Where every weight has noise of its own, the first layer's Γ and Δ are those of the row, and computed once.
/// </summary>
internal sealed class DrawNodes
{
    private readonly TrainedNetwork _network;
    private readonly NetworkGraph _graph;
    private readonly GraphBuilder _builder;
    private readonly WeightPosterior _posterior;
    private readonly int _draws;

    private DrawNodes(TrainedNetwork network, GraphBuilder builder, NetworkGraph graph)
    {
        _network = network;
        _graph = graph;
        _builder = builder;
        _posterior = network.Architecture.Posterior;
        _draws = _posterior.IsNoisy() ? graph.Samples : 1;
    }

    /// <summary>The outputs of all draws, [draws, rows, outputs]; of one where there is no noise.</summary>
    public static GraphValue Forward(TrainedNetwork network, GraphValue inputs, NetworkGraph graph) => new DrawNodes(network, inputs.Graph, graph).Forward(inputs);

    private GraphValue Forward(GraphValue inputs)
    {
        GraphValue value = inputs;
        for (int l = 0; l < _network.Layers.Count; l++)
        {
            TrainedLayer layer = _network.Layers[l];
            if (!_posterior.IsNoisy())
                value = Stack(LayerNodes.Forward(layer, Flatten(value, l)), layer);
            else if (_posterior.IsOnInputs())
                value = Stack(LayerNodes.Forward(layer, _builder.Reshape(value * Factors(l), -1, layer.Inputs)), layer);
            else
                value = DrawOutputs(l, Flatten(value, l));
            if (l < _network.Layers.Count - 1)
                value = LayerNodes.Activate(_network.Architecture.Activation, value);
        }

        return value;
    }

    /// <summary>Γ + sqrt(Δ + ε) ζ.</summary>
    private GraphValue DrawOutputs(int index, GraphValue input)
    {
        TrainedLayer layer = _network.Layers[index];
        GraphValue means = LayerNodes.Forward(layer, input);

        // ε goes in as the bias, which a product must have before operator set 11.
        float[] epsilon = new float[layer.Outputs];
        Array.Fill(epsilon, (float)DenseLayer<SingleLane, float>.VarianceEpsilon);
        GraphValue variances = _builder.Gemm(GraphValue.Square(input), Variances(index), _builder.Tensor("Epsilon", epsilon, layer.Outputs));
        if (index > 0)
        {
            means = Stack(means, layer);
            variances = Stack(variances, layer);
        }

        return means + (GraphValue.Sqrt(variances) * Normals(index, layer.Outputs));
    }

    private GraphValue Variances(int index)
    {
        BlockedMatrix<float> variances = _network.PredictionLayers[index].Variances;
        return LayerNodes.Matrix(_builder, "WeightVariances", _network.Layers[index], (i, j) => variances[i, j]);
    }

    /// <summary>s = 1 + n for the inputs of a layer, [draws, 1, inputs].</summary>
    private GraphValue Factors(int index)
    {
        TrainedLayer layer = _network.Layers[index];
        PredictionLayer parameters = _network.PredictionLayers[index];
        if (_graph.Kind == NetworkGraphKind.FrozenSamples)
        {
            float[] factors = PredictionNoise.InputFactors(parameters, _posterior, index, _draws, _graph.Seed);
            return _builder.Tensor("NoiseFactors", factors, _draws, 1, layer.Inputs);
        }

        GraphValue normals = _builder.Normals(_draws, 1, layer.Inputs);
        if (_posterior != WeightPosterior.BinaryDropout)
            return (normals * _builder.Tensor("NoiseDeviations", parameters.InputStandardDeviations.Span[..layer.Inputs].ToArray(), layer.Inputs)) + 1;
        InputNoise<SingleLane, float>.GetBinary(parameters.LogVariance, out double threshold, out double kept);
        return GraphValue.Where(GraphValue.Less(normals, threshold), _builder.Constant(0), _builder.Constant(1 + kept));
    }

    /// <summary>ζ, [draws, 1, units].</summary>
    private GraphValue Normals(int layer, int units)
        => _graph.Kind == NetworkGraphKind.FrozenSamples
            ? _builder.Tensor("Noise", PredictionNoise.Normals(layer, units, _draws, _graph.Seed), _draws, 1, units)
            : _builder.Normals(_draws, 1, units);

    /// <summary>[draws, rows, inputs] → [draws × rows, inputs]; the features are [rows, inputs] as they come.</summary>
    private GraphValue Flatten(GraphValue value, int index) => index == 0 ? value : _builder.Reshape(value, -1, _network.Layers[index].Inputs);

    private GraphValue Stack(GraphValue value, TrainedLayer layer) => _builder.Reshape(value, _draws, -1, layer.Outputs);
}
