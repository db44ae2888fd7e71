using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>A program that reads ONNX files and has nothing to do with this library; build/install-onnx-checkers.sh installs it.</summary>
internal sealed class CheckerProgram
{
    public static readonly CheckerProgram OnnxChecker = new("the onnx checker (Debian's python3-onnx)", () => FindPython("onnx", "check_onnx.py"));

    public static readonly CheckerProgram OpenCV = new("OpenCV's DNN module (Debian's python3-opencv)", () => FindPython("cv2", "run_opencv.py"));

    public static readonly CheckerProgram OnnxRuntimeNode = new("onnxruntime-node (npm)", FindNode);

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly string _name;
    private readonly Lazy<string[]?> _command;

    /// <param name="name">What to call it when it is missing.</param>
    /// <param name="find">Its command without the folder, and what follows the folder; null when it is not there.</param>
    private CheckerProgram(string name, Func<string[]?> find)
    {
        _name = name;
        _command = new Lazy<string[]?>(find);
    }

    private static string RepositoryRoot
        => typeof(CheckerProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    private static string Modules => Path.Combine(RepositoryRoot, "artifacts", "onnx-checkers");

    /// <summary>Skips the test when the program is not there.</summary>
    public void SkipIfMissing()
    {
        if (_command.Value is null)
            Assert.Inconclusive($"Skipped: {_name} is not on this machine; build/install-onnx-checkers.sh installs it where it can.");
    }

    /// <summary>Runs the program once on all cases.</summary>
    /// <param name="cases">The cases, each with a name of its own.</param>
    /// <param name="version">The program's name and version.</param>
    /// <returns>The outputs of each case. A case that the program refuses fails the test, with the program's words.</returns>
    public List<Dictionary<string, OnnxOutput>> Run(IReadOnlyList<CheckerCase> cases, out string version)
    {
        SkipIfMissing();
        string folder = Directory.CreateTempSubdirectory("onnx-checkers").FullName;
        try
        {
            var files = new Dictionary<byte[], string>(ReferenceEqualityComparer.Instance);
            foreach (byte[] model in cases.Select(each => each.Model))
            {
                if (files.TryAdd(model, $"{files.Count}.onnx"))
                    File.WriteAllBytes(Path.Combine(folder, files[model]), model);
            }

            File.WriteAllText(Path.Combine(folder, "cases.json"), JsonSerializer.Serialize(cases.Select(each => each.Describe(files[each.Model])), Json));
            string[] command = _command.Value!;
            Start(command[0], [.. command[1..2], folder, .. command[2..]], out int exitCode, out string said);
            Assert.AreEqual(0, exitCode, $"{_name}: {said}");
            CheckerReport report = JsonSerializer.Deserialize<CheckerReport>(File.ReadAllText(Path.Combine(folder, "results.json")), Json)!;
            Assert.HasCount(cases.Count, report.Cases);
            string[] refused = [.. report.Cases.Where(each => each.Error is not null).Select(each => $"{each.Name}: {each.Error}")];
            Assert.IsEmpty(refused, $"{_name} refuses {refused.Length} of {cases.Count} cases. {string.Join('\n', refused)}");
            version = report.Program;
            return [.. report.Cases.Select(each => each.Outputs.ToDictionary(output => output.Name, output => output.ToOutput()))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string ScriptPath(string script) => Path.Combine(RepositoryRoot, "test", "Microsoft.ML.VariationalDropout.Onnx.Tests", "Checkers", script);

    /// <summary>The first Python that has the module: Debian's own has Debian's packages, another may have those of its user.</summary>
    private static string[]? FindPython(string module, string script)
    {
        string? python = new[] { "/usr/bin/python3", "python3", "python" }.FirstOrDefault(name => Start(name, ["-c", "import " + module], out int exitCode, out _) && exitCode == 0);
        return python is null ? null : [python, ScriptPath(script)];
    }

    private static string[]? FindNode()
        => Directory.Exists(Path.Combine(Modules, "node_modules", "onnxruntime-node")) && Start("node", ["--version"], out int exitCode, out _) && exitCode == 0
            ? ["node", ScriptPath("run_onnxruntime.js"), Modules]
            : null;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Whether there is such a program.</returns>
    private static bool Start(string program, string[] arguments, out int exitCode, out string said)
    {
        exitCode = -1;
        said = "";
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // Nothing is written beside the scripts.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        Process? process;
        try
        {
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }

        using (process)
        {
            process!.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                said = string.Create(CultureInfo.InvariantCulture, $"'{program} {string.Join(' ', arguments)}' did not end within {Limit}.");
                return true;
            }

            Task.WaitAll(output, error);
            exitCode = process.ExitCode;
            said = output.Result + error.Result;
            return true;
        }
    }
}
