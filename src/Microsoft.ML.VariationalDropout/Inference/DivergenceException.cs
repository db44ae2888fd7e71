namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>The loss stopped being finite before one iteration was complete, so that there are no good parameters to return.</summary>
internal sealed class DivergenceException(string message) : Exception(message);
