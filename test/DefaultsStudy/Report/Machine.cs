using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>What figures were measured on, and with.</summary>
internal static class Machine
{
    public static string Description { get; } = $"{ProcessorName()}, {Environment.ProcessorCount} processors; {RuntimeInformation.FrameworkDescription}; kernel path {KernelPaths.Current}; peers of ML.NET {Version(typeof(LightGbmBinaryTrainer))}";

    private static string ProcessorName()
    {
        const string Path = "/proc/cpuinfo", Key = "model name";
        string? line = File.Exists(Path) ? File.ReadLines(Path).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
    }

    private static string Version(Type type) => type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
