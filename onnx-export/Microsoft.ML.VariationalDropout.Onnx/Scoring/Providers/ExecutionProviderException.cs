namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>None of the execution providers that were allowed could run a model.</summary>
public sealed class ExecutionProviderException : InvalidOperationException
{
    /// <summary>Makes an exception without attempts.</summary>
    public ExecutionProviderException()
        : this("No execution provider could run the model.")
    {
    }

    /// <summary>Makes an exception without attempts.</summary>
    /// <param name="message">What happened.</param>
    public ExecutionProviderException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception without attempts.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What caused it.</param>
    public ExecutionProviderException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ExecutionProviderException(IReadOnlyList<ProviderAttempt> attempts, Exception? lastError)
        : this($"No execution provider could run the model. {string.Join(" | ", attempts)}", lastError)
        => Attempts = attempts;

    /// <summary>What was tried, in this order, and why it failed.</summary>
    public IReadOnlyList<ProviderAttempt> Attempts { get; } = [];
}
