using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Data;
using VariationalDropout.Onnx.Tool.Inspection;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary><c>verify</c>: an ONNX file against the model that it was made from.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> OnnxArgument = Options.OnnxFile();

    private static readonly Option<string> ModelOption = new("--model")
    {
        HelpName = "FILE",
        Description = "The model that it was made from, which mlContext.Model.Save wrote; the whole pipeline also for the file of a network",
        Required = true,
    };

    private static readonly Option<string?> DataOption = Options.Data("Rows to compare, all of them: text with a header that names the columns", isRequired: true);

    private static readonly Option<char?> SeparatorOption = Options.Separator();

    private static readonly Option<double?> ToleranceOption = ExportCommand.Tolerance();

    public static Command Create()
    {
        Command command = new("verify", $"Compares an ONNX file on ONNX Runtime with its model on ML.NET. Exits with {ToolCommand.Different} where they differ, and names the first column and row with both values")
        {
            OnnxArgument, ModelOption, DataOption, SeparatorOption, ToleranceOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult result)
    {
        string path = result.GetValue(OnnxArgument)!;
        byte[] bytes = OnnxFiles.ReadBytes(path);
        OnnxFiles.Describe(path);
        var model = ModelFile.Load(result.GetValue(ModelOption)!);
        var file = SampleFile.Read(result.GetValue(DataOption)!, result.GetValue(SeparatorOption));
        if (file.Rows == 0)
            throw new InvalidDataException($"'{file.Path}' has no rows to compare.");
        var data = new SampleView(model.RequireInputSchema(), file);
        try
        {
            ModelComparison comparison = WrittenModel.Compare(bytes, model.Model, data, (float?)result.GetValue(ToleranceOption));
            string columns = string.Join(", ", comparison.Columns);
            result.InvocationConfiguration.Output.WriteLine(comparison.IsRandom
                ? $"Ran on {comparison.Rows} rows of {file.Path}: {columns}. The graph draws anew in every run, so that values were not compared."
                : string.Create(CultureInfo.InvariantCulture, $"Equal in {comparison.Rows} rows of {file.Path}: {columns} (tolerance {comparison.Tolerance})."));
            return ToolCommand.Succeeded;
        }
        catch (OnnxVerificationException difference)
        {
            string line = difference.Row is long row ? string.Create(CultureInfo.InvariantCulture, $" Row {row} is line {file.LineOf((int)row)} of {file.Path}.") : "";
            return ToolCommand.Fail(result.InvocationConfiguration.Error, $"{path}: {difference.Message}{line}", difference.Column is null ? ToolCommand.Failed : ToolCommand.Different);
        }
    }
}
