namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>What a graph computes from the features.</summary>
public enum OnnxGraphKind
{
    /// <summary>Predictions with the posterior means of the weights: an ordinary network. What a transformer predicts with as it was trained.</summary>
    PosteriorMean = 0,

    /// <summary>Predictions and their uncertainty in one deterministic pass that carries mean and variance through the network.</summary>
    Moments = 1,

    /// <summary>Predictions and uncertainty averaged over draws that are stored in the graph: deterministic, and those of <c>WithSampling</c>.</summary>
    FrozenSamples = 2,

    /// <summary>The same over draws that the runtime makes anew at every run.</summary>
    Sampling = 3,
}
