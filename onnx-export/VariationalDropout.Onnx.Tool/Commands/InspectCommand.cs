using System.CommandLine;
using VariationalDropout.Onnx.Tool.Inspection;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary><c>inspect</c>: what an ONNX file holds.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string> ModelArgument = Options.OnnxFile();

    private static readonly Option<bool> JsonOption = Options.Json();

    public static Command Create()
    {
        Command command = new("inspect", "Shows inputs, outputs, versions, metadata, operators and size of an ONNX file") { ModelArgument, JsonOption };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult result)
    {
        ModelDescription description = OnnxFiles.Describe(result.GetValue(ModelArgument)!);
        TextWriter output = result.InvocationConfiguration.Output;
        if (result.GetValue(JsonOption))
            output.WriteLine(Json.Write(description));
        else
            description.WriteTo(output);
        return ToolCommand.Succeeded;
    }
}
