using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace VariationalDropout.Onnx.Tool.Benchmark;

/// <summary>What was measured.</summary>
/// <param name="Model">The ONNX file.</param>
/// <param name="Data">The file of rows.</param>
/// <param name="Rows">How many rows it has.</param>
internal sealed record BenchReport(string Model, string Data, int Rows)
{
    public string OnnxRuntime { get; } = OrtEnv.Instance().GetVersionString();

    public int Cores { get; } = Environment.ProcessorCount;

    public List<Speed> Results { get; } = [];

    public List<UnavailableProvider> Unavailable { get; } = [];

    public void WriteTo(TextWriter output)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        output.WriteLine(string.Create(culture, $"{Model} on {Rows} rows of {Data}, ONNX Runtime {OnnxRuntime}, {Cores} cores"));
        output.WriteLine($"{"provider",-10} {"batch",8} {"p50 µs",12} {"p99 µs",12} {"rows/s",14}");
        foreach (Speed speed in Results)
            output.WriteLine(string.Create(culture, $"{speed.Provider,-10} {speed.Batch,8} {speed.P50Microseconds,12:N1} {speed.P99Microseconds,12:N1} {speed.RowsPerSecond,14:N0}"));
        foreach (UnavailableProvider provider in Unavailable)
            output.WriteLine(provider.Reason);
    }
}

/// <summary>A provider that could not run the model.</summary>
/// <param name="Provider">Its name on the command line.</param>
/// <param name="Reason">Why.</param>
internal sealed record UnavailableProvider(string Provider, string Reason);
