namespace VariationalDropout.Onnx.Tool.Tests;

/// <summary>What the tool did, in this process.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">What it wrote to its output.</param>
/// <param name="Errors">What it wrote to its error stream.</param>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    public static ToolRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int exitCode = ToolCommand.Run(arguments, output, errors);
        return new ToolRun(exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>The output of a run that went well.</summary>
    public string Succeeded()
    {
        Assert.AreEqual(0, ExitCode, Errors);
        Assert.AreEqual("", Errors);
        return Output;
    }

    /// <summary>The one line of a run that did not.</summary>
    public string Failed(int exitCode = 1)
    {
        Assert.AreEqual(exitCode, ExitCode, Output);
        Assert.AreEqual("", Output);
        string line = Errors.TrimEnd();
        Assert.HasCount(1, line.Split('\n'), Errors);
        Assert.StartsWith("Error: ", line);
        return line["Error: ".Length..];
    }
}
