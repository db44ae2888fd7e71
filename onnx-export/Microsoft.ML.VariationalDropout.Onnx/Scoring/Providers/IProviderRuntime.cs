namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>The steps from a wish to a session that scores: ONNX Runtime's, or a test's.</summary>
/// <typeparam name="TOptions">Settings of a session that is to be made.</typeparam>
/// <typeparam name="TSession">A session.</typeparam>
internal interface IProviderRuntime<TOptions, TSession>
    where TOptions : IDisposable
    where TSession : class, IDisposable
{
    /// <summary>The settings without a provider. What this throws is not the provider's fault, and is passed on.</summary>
    TOptions CreateOptions(ExecutionProvider provider);

    /// <summary>Asks for the provider.</summary>
    void Append(TOptions options, ExecutionProvider provider);

    TSession CreateSession(TOptions options, ExecutionProvider provider);

    /// <summary>Runs the model once.</summary>
    void RunOnce(TSession session);
}
