using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Finds the first provider, in an order of preference, that runs a model.</summary>
internal static class ProviderSelection
{
    /// <summary>The order in which providers are tried: the processor stands last, unless it is excluded.</summary>
    /// <exception cref="ArgumentException">The list has a null, a provider twice, or something after the processor; or nothing is left.</exception>
    public static IReadOnlyList<ExecutionProvider> Order(IReadOnlyList<ExecutionProvider> preference, bool fallBackToCpu)
    {
        var order = new List<ExecutionProvider>();
        foreach (ExecutionProvider? provider in preference)
        {
            if (provider is null)
                throw new ArgumentException($"{nameof(OnnxScorerOptions.Providers)} has a null among its execution providers.", nameof(preference));
            if (order.Contains(provider))
                throw new ArgumentException($"The execution provider {provider} is preferred twice.", nameof(preference));
            if (order.Count > 0 && order[^1].IsCpu)
                throw new ArgumentException($"The execution provider {provider} stands after {ExecutionProvider.Cpu}, which is always available: it would never be tried.", nameof(preference));
            order.Add(provider);
        }

        if (fallBackToCpu && (order.Count == 0 || !order[^1].IsCpu))
            order.Add(ExecutionProvider.Cpu);
        return order.Count > 0 ? order : throw new ArgumentException("No execution provider is preferred, and the processor is excluded.", nameof(preference));
    }

    /// <summary>Tries the providers one after the other.</summary>
    /// <returns>The session, its provider, and what was tried, with the chosen provider as the last.</returns>
    /// <exception cref="ExecutionProviderException">All failed.</exception>
    public static (TSession Session, ExecutionProvider Provider, IReadOnlyList<ProviderAttempt> Attempts) Select<TOptions, TSession>(
        IProviderRuntime<TOptions, TSession> runtime, IReadOnlyList<ExecutionProvider> order)
        where TOptions : IDisposable
        where TSession : class, IDisposable
    {
        var attempts = new List<ProviderAttempt>();
        Exception? lastError = null;
        foreach (ExecutionProvider provider in order)
        {
            using TOptions options = runtime.CreateOptions(provider);
            ProviderStage stage = ProviderStage.Setup;
            TSession? session = null;
            try
            {
                runtime.Append(options, provider);
                stage = ProviderStage.Session;
                session = runtime.CreateSession(options, provider);
                stage = ProviderStage.FirstRun;
                if (!provider.IsCpu)
                    runtime.RunOnce(session);
                attempts.Add(new(provider, ProviderStage.Chosen, ""));
                return (session, provider, attempts);
            }
            catch (Exception error) when (IsFailureOfProvider(error))
            {
                session?.Dispose();
                lastError = error;
                attempts.Add(new(provider, stage, Describe(error)));
            }
            catch
            {
                session?.Dispose();
                throw;
            }
        }

        throw new ExecutionProviderException(attempts, lastError);
    }

    /// <summary>
    /// The three ways in which ONNX Runtime says that it has no such provider: the native library lacks the entry point (CUDA, TensorRT,
    /// DML, OpenVINO), the managed one refuses on this operating system (CoreML, NNAPI), or the native one returns an error (names,
    /// missing drivers, models that the provider cannot take).
    /// </summary>
    private static bool IsFailureOfProvider(Exception error) => error is EntryPointNotFoundException or NotSupportedException or OnnxRuntimeException;

    private static string Describe(Exception error) => error is EntryPointNotFoundException
        ? "the installed package of ONNX Runtime was built without it"
        : error.Message.ReplaceLineEndings(" ").Trim();
}
