using System.Diagnostics;

namespace Microsoft.ML.Trainers.VariationalDropout.PackageTests;

/// <summary>Runs <c>dotnet</c> as a user would, outside the build that these tests run in.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>What the command wrote to its standard output.</summary>
    /// <exception cref="AssertFailedException">The command did not exit with 0 in time; the message holds all that it wrote.</exception>
    public static string Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the outer build and test host set up for themselves must not reach a user's build, nor its locked restore.
        foreach (string name in start.Environment.Keys.Where(IsOfTheOuterBuild).ToList())
            start.Environment.Remove(name);

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'dotnet {string.Join(' ', arguments)}' did not end within {Limit}.");
        }

        Task.WaitAll(output, error);
        Assert.AreEqual(0, process.ExitCode, $"dotnet {string.Join(' ', arguments)}\n{output.Result}\n{error.Result}");
        return output.Result;
    }

    private static bool IsOfTheOuterBuild(string name)
        => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)
            || name is "CI" or "DOTNET_CLI_TEST_COMMAND_WORKING_DIRECTORY";
}
