namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>The noise of a training step that is timed, always with one learned α per layer.</summary>
internal enum WeightNoise
{
    /// <summary>An ordinary network.</summary>
    None,

    /// <summary>Independent noise on every weight by local reparameterization: two products forward, four back.</summary>
    Independent,

    /// <summary>One noise variable per row and input unit: one product forward, two back.</summary>
    Correlated,
}
