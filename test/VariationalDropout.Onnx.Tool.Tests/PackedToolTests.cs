using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace VariationalDropout.Onnx.Tool.Tests;

/// <summary>The tool as a user has it: packed, installed into a folder, started by its name.</summary>
[TestClass]
public sealed class PackedToolTests
{
    private const string Id = "VariationalDropout.Onnx.Tool";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [TestMethod]
    public void The_installed_tool_exports_inspects_verifies_and_measures()
    {
        using var folder = new TemporaryFolder();
        string version = $"0.0.0-tooltest.{Guid.NewGuid():N}", root = Metadata("RepositoryRoot");
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        Run(root, dotnet, "pack", Path.Combine("onnx-export", Id), "--no-build", "--disable-build-servers", "-c", Metadata("Configuration"), "-o", folder["source"],
            $"-p:PackageVersion={version}", $"-p:NuspecOutputPath={folder["nuspec"]}{Path.DirectorySeparatorChar}", $"-p:PublishDir={folder["publish"]}{Path.DirectorySeparatorChar}");
        Assert.IsLessThan(80_000_000, new FileInfo(Path.Combine(folder["source"], $"{Id}.{version}.nupkg")).Length, "Without the libraries for telephones.");
        File.WriteAllText(folder["NuGet.config"], "<configuration><packageSources><clear /><add key=\"packed\" value=\"source\" /></packageSources></configuration>");
        Run(folder.Path, dotnet, "tool", "install", Id, "--tool-path", folder["tools"], "--configfile", folder["NuGet.config"], "--version", version);

        string tool = Path.Combine(folder["tools"], OperatingSystem.IsWindows() ? "vdrop-onnx.exe" : "vdrop-onnx");
        Assert.Contains("Verified on 40 rows", Run(folder.Path, tool, "export", Models.Multiclass, "--data", Models.Data, "-o", "model.onnx"));
        Assert.Contains("PredictedLabel.output: string", Run(folder.Path, tool, "inspect", "model.onnx"));
        Assert.Contains("Equal in 40 rows", Run(folder.Path, tool, "verify", "model.onnx", "--model", Models.Multiclass, "--data", Models.Data));
        Assert.Contains("rows/s", Run(folder.Path, tool, "bench", "model.onnx", "--data", Models.Data, "--seconds", "0.01"));

        // The runtime itself writes to the error stream unless it is told not to.
        Assert.Contains("OpenVINO: not available: ", Run(folder.Path, tool, "bench", "model.onnx", "--data", Models.Data, "--seconds", "0.01", "--provider", "OpenVINO,MIGraphX,QNN,XNNPACK,WebGPU,CPU"));
        (int exitCode, string output, string errors) = Start(folder.Path, tool, ["inspect", "missing.onnx"]);
        Assert.AreEqual((1, "", "Error: There is no file 'missing.onnx'."), (exitCode, output, errors.TrimEnd()));
        File.WriteAllText(folder["damaged.onnx"], "no graph");
        (exitCode, output, errors) = Start(folder.Path, tool, ["bench", "damaged.onnx", "--data", Models.Data]);
        Assert.AreEqual((1, "", 1), (exitCode, output, errors.TrimEnd().Split('\n').Length), errors);

        foreach (string file in Directory.GetFiles(folder["tools"], "*VariationalDropout*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".dll" or ".pdb"))
            Assert.AreEqual(-1, File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(root)), $"{file} has a path of this machine.");
    }

    private static string Run(string folder, string program, params string[] arguments)
    {
        (int exitCode, string output, string errors) = Start(folder, program, arguments);
        Assert.AreEqual((0, ""), (exitCode, errors), $"{program} {string.Join(' ', arguments)}\n{output}\n{errors}");
        return output;
    }

    private static (int ExitCode, string Output, string Errors) Start(string folder, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the outer build and test host set up for themselves must not reach a user's build.
        foreach (string name in start.Environment.Keys.Where(IsOfTheOuterBuild).ToList())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{program} {string.Join(' ', arguments)}' did not end within {Limit}.");
        }

        return (process.ExitCode, output.Result, errors.Result);
    }

    private static bool IsOfTheOuterBuild(string name)
        => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)
            || name is "CI" or "DOTNET_CLI_TEST_COMMAND_WORKING_DIRECTORY";

    private static string Metadata(string key)
        => typeof(PackedToolTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
