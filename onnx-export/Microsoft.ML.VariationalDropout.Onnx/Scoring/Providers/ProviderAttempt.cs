namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>How far a provider got.</summary>
public enum ProviderStage
{
    /// <summary>The installed package or this machine does not have it.</summary>
    Setup = 0,

    /// <summary>It is there, but no session with this model could be made.</summary>
    Session = 1,

    /// <summary>A session was made, but a first run with rows of zeros failed.</summary>
    FirstRun = 2,

    /// <summary>It scores.</summary>
    Chosen = 3,
}

/// <summary>A provider that was tried, and what came of it.</summary>
/// <param name="Provider">What was tried.</param>
/// <param name="Stage">How far it got.</param>
/// <param name="Reason">Why it got no further, in ONNX Runtime's words; empty for the provider that was chosen.</param>
public sealed record ProviderAttempt(ExecutionProvider Provider, ProviderStage Stage, string Reason)
{
    /// <summary>The provider, and why it was not chosen.</summary>
    public override string ToString() => Stage switch
    {
        ProviderStage.Chosen => $"{Provider}: chosen",
        ProviderStage.FirstRun => $"{Provider}: the first run failed: {Reason}",
        ProviderStage.Session => $"{Provider}: no session could be made: {Reason}",
        _ => $"{Provider}: not available: {Reason}",
    };
}
