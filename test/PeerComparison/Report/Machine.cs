using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using TorchSharp;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;

/// <summary>What figures were measured on, and with.</summary>
internal sealed record Machine
{
    public required string Processor { get; init; }

    public required int Processors { get; init; }

    public required string Runtime { get; init; }

    public required string Kernels { get; init; }

    /// <summary>Versions of the peers.</summary>
    public required string Peers { get; init; }

    /// <summary>10⁹ floating-point operations per second of <see cref="FmaPeak"/> on one thread.</summary>
    public required double PeakOfOneThread { get; init; }

    /// <summary>The same of <see cref="Threads"/> threads together.</summary>
    public required double PeakOfAllThreads { get; init; }

    public required int Threads { get; init; }

    public static Machine Describe(int threads) => new()
    {
        Processor = ProcessorName(),
        Processors = Environment.ProcessorCount,
        Runtime = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}",
        Kernels = KernelPaths.Current.ToString(),
        Peers = $"TorchSharp {Version(typeof(torch))}, ONNX Runtime {Version(typeof(InferenceSession))}, ML.NET {Version(typeof(LightGbmBinaryTrainer))}",
        PeakOfOneThread = Peak(1),
        PeakOfAllThreads = Peak(threads),
        Threads = threads,
    };

    private static double Peak(int threads)
    {
        using var peak = new FmaPeak(threads);
        return peak.Measure();
    }

    private static string ProcessorName()
    {
        const string File = "/proc/cpuinfo", Key = "model name";
        string? line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
    }

    private static string Version(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
