using System.Diagnostics;

namespace Pipeline.Steps;

/// <summary>This program, started once more with <c>score</c>: a process that has nothing but the model's file, as in production.</summary>
internal static class ScoringProcess
{
    /// <returns>The scores that it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is its own.</exception>
    public static IReadOnlyList<ScoredRow> Run(string modelFile, string dataFile, string scoreFile, CancellationToken cancellation)
    {
        // The program itself, or `dotnet` with the program's assembly.
        string program = Environment.ProcessPath ?? "dotnet", assembly = typeof(ScoringProcess).Assembly.GetName().Name!;
        string[] host = Path.GetFileNameWithoutExtension(program) == assembly ? [] : [Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll")];
        var start = new ProcessStartInfo(program, [.. host, "score", "--model", modelFile, "--data", dataFile, "--output", scoreFile])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration stop = cancellation.Register(process.Kill);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? ScoreFile.Read(scoreFile)
            : throw new InvalidOperationException($"The process that scores with '{modelFile}' ended with {process.ExitCode}: {errors.Trim()} {output.Result.Trim()}".TrimEnd());
    }
}
