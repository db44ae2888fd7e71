using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Interop;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How ML.NET recognises a saved model or transformer, and which class reads it.</summary>
/// <param name="ModelSignature">Eight characters at the start of what is saved.</param>
/// <param name="LoaderSignature">Under what name the class is registered; at most 24 characters.</param>
/// <param name="HasThreshold">Of a transformer: whether a threshold is saved with it.</param>
internal sealed record SavedComponent(string ModelSignature, string LoaderSignature, bool HasThreshold = false)
{
    public VersionInfo CreateVersionInfo() => new(
        modelSignature: ModelSignature,
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(SavedComponent).Assembly.GetName().Name);

    /// <summary>The checks before anything is loaded.</summary>
    public void CheckLoad(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.ThrowIfUnsupported();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(CreateVersionInfo());
    }
}
