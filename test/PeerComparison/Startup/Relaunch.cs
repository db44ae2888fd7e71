using System.Diagnostics;
using System.Reflection;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;

/// <summary>Starts this program again, with environment variables that are read before its first line.</summary>
internal static class Relaunch
{
    /// <summary>
    /// libtorch gets memory for every intermediate result: glibc must not give freed memory back to the system each time, to fault it in again
    /// for the next. Worth some tens of percent of a step to TorchSharp.
    /// </summary>
    private static readonly (string Name, string Value)[] Memory =
    [
        ("MALLOC_MMAP_THRESHOLD_", "33554432"),
        ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
        ("MALLOC_TOP_PAD_", "268435456"),
    ];

    /// <summary>Runs the program with the variables set and waits for its end; null if it runs with them already.</summary>
    public static int? WithTunedMemory(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(Memory[0].Name) is not null)
            return null;

        using Process process = Process.Start(StartInfo(arguments))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Runs the program again and returns what it writes.</summary>
    public static string Output(params string[] arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        start.RedirectStandardOutput = true;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static ProcessStartInfo StartInfo(string[] arguments)
    {
        // The process is dotnet itself where the program was started as dotnet PeerComparison.dll.
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(program, isHost ? [Assembly.GetExecutingAssembly().Location, .. arguments] : arguments);
        foreach (var (name, value) in Memory)
            start.Environment[name] = value;
        return start;
    }
}
