using System.CommandLine;
using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Commands;

namespace VariationalDropout.Onnx.Tool;

/// <summary>The command line: its commands, one-line errors and exit codes.</summary>
internal static class ToolCommand
{
    public const int Succeeded = 0;

    public const int Failed = 1;

    /// <summary>What <c>verify</c> ends with when it could compare and found a difference.</summary>
    public const int Different = 2;

    private static readonly RootCommand Root = new("Exports ML.NET models to ONNX, shows what an ONNX file holds, verifies it and measures its speed. Exits with 0, or with 1 and one line on the error stream.")
    {
        ExportCommand.Create(), InspectCommand.Create(), VerifyCommand.Create(), BenchCommand.Create(),
    };

    /// <summary>Parses the arguments and runs; returns the exit code.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(error, $"{parsed.Errors[parsed.UnmatchedTokens.Count > 0 ? ^1 : 0].Message} Try --help.");
        try
        {
            return parsed.Invoke(new() { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        }
        catch (Exception failure) when (IsOfTheUser(Unwrap(failure)))
        {
            return Fail(error, Unwrap(failure).Message);
        }
    }

    /// <summary>Writes one line on the error stream.</summary>
    public static int Fail(TextWriter error, string message, int exitCode = Failed)
    {
        error.WriteLine("Error: " + string.Join(' ', message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
        return exitCode;
    }

    /// <summary>What ML.NET calls by reflection, as the readers of columns, comes with a wrapping.</summary>
    private static Exception Unwrap(Exception failure) => failure is TargetInvocationException { InnerException: Exception inner } ? Unwrap(inner) : failure;

    /// <summary>What files and options can cause; anything else is a defect and keeps its stack trace.</summary>
    private static bool IsOfTheUser(Exception failure) => failure is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException
        or InvalidOperationException or NotSupportedException or OnnxVerificationException or OnnxRuntimeException;
}
