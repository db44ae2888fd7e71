using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Which instructions the kernels use. Results are the same bits for the same path, and agree to rounding across paths.</summary>
internal enum KernelPath
{
    /// <summary>One number at a time: the reference, on every machine.</summary>
    Scalar = 0,

    /// <summary><see cref="System.Numerics.Vector{T}"/>, on every machine.</summary>
    Portable = 1,

    /// <summary>256-bit AVX2 with fused multiply-add.</summary>
    Avx2 = 2,

    /// <summary>512-bit AVX-512.</summary>
    Avx512 = 3,
}

/// <summary>Chooses the kernel path at start-up.</summary>
internal static class KernelPaths
{
    /// <summary>The environment variable that forces a path by its name.</summary>
    public const string Variable = "VARIATIONALDROPOUT_KERNELS";

    private static readonly Lazy<KernelPath> Chosen = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The path of this process.</summary>
    /// <exception cref="NotSupportedException">The path that <see cref="Variable"/> forces is unknown, or this machine lacks it.</exception>
    public static KernelPath Current => Chosen.Value;

    public static IEnumerable<KernelPath> Supported => Enum.GetValues<KernelPath>().Where(path => MissingFeature(path) is null);

    /// <summary>The processor feature that <paramref name="path"/> needs and this process lacks; null when the path can run.</summary>
    /// <remarks>
    /// The hardware-accelerated flags, not Avx512F.IsSupported, are asked for the width: DOTNET_PreferredVectorBitWidth turns off only the former.
    /// </remarks>
    public static string? MissingFeature(KernelPath path) => path switch
    {
        KernelPath.Avx2 when !Avx2.IsSupported => "AVX2",
        KernelPath.Avx2 when !Fma.IsSupported => "FMA3",
        KernelPath.Avx512 when !Avx512F.IsSupported => "AVX-512F",
        KernelPath.Avx512 when !Vector512.IsHardwareAccelerated => "512-bit vectors (they are switched off for this process)",
        _ => null,
    };

    internal static KernelPath Choose(string? forced)
    {
        if (string.IsNullOrWhiteSpace(forced))
            return Supported.Max();

        // Not Enum.TryParse, which would also take numbers and lists.
        int index = Array.FindIndex(Enum.GetNames<KernelPath>(), name => name.Equals(forced.Trim(), StringComparison.OrdinalIgnoreCase));
        if (index < 0)
            throw new NotSupportedException($"The environment variable {Variable} is '{forced}'; allowed are {string.Join(", ", Enum.GetNames<KernelPath>())}.");

        KernelPath path = Enum.GetValues<KernelPath>()[index];
        return MissingFeature(path) is { } missing
            ? throw new NotSupportedException($"The environment variable {Variable} asks for the kernel path {path}, which needs {missing}: this machine lacks it. Available are {string.Join(", ", Supported)}.")
            : path;
    }
}
