using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using VariationalDropout.Onnx.Tool.Data;
using VariationalDropout.Onnx.Tool.Inspection;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary><c>export</c>: a model of ML.NET becomes an ONNX file.</summary>
internal static class ExportCommand
{
    private const int LowestOpset = 9, LowestInt8Opset = 10, HighestPipelineOpset = 12, HighestNetworkOpset = 17;
    private const int MaximumSamples = 10_000;

    private static readonly Dictionary<string, OnnxGraphKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["posterior-mean"] = OnnxGraphKind.PosteriorMean,
        ["moments"] = OnnxGraphKind.Moments,
        ["frozen-samples"] = OnnxGraphKind.FrozenSamples,
        ["sampling"] = OnnxGraphKind.Sampling,
    };

    private static readonly Dictionary<string, OnnxPrecision> Precisions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["float32"] = OnnxPrecision.Float32,
        ["float16"] = OnnxPrecision.Float16,
        ["int8"] = OnnxPrecision.Int8Weights,
    };

    private static readonly Argument<string> ModelArgument = new("model.zip") { Description = "A model that mlContext.Model.Save wrote, with its input schema" };

    private static readonly Option<string?> DataOption = Options.Data(
        $"Rows for the verification: text with a header that names the columns, of which the first {OnnxVerifier.DefaultRows} rows are read [needed unless --no-verify or --network-only is given]", isRequired: false);

    private static readonly Option<char?> SeparatorOption = Options.Separator();

    private static readonly Option<string> OutputOption = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "The ONNX file; written under another name and renamed, in place of one that is there",
        Required = true,
    };

    private static readonly Option<OnnxGraphKind?> KindOption = Options.Choice("--kind", "KIND", Kinds,
        $"What the graph computes, one of {string.Join(", ", Kinds.Keys)} [default: what the model predicts with; posterior-mean as it was trained]");

    private static readonly Option<int?> SamplesOption = Options.WholeNumber("--samples", 1, MaximumSamples,
        $"Draws of --kind frozen-samples or sampling, from 1 to {MaximumSamples} [default: those of a model that samples, otherwise 50]");

    private static readonly Option<int?> SeedOption = Options.WholeNumber("--seed", int.MinValue, int.MaxValue,
        "Seed of --kind frozen-samples, a whole number [default: that of a model that samples, otherwise 0]");

    private static readonly Option<OnnxPrecision?> PrecisionOption = Options.Choice("--precision", "NUMBERS", Precisions,
        $"In which numbers the network calculates, one of {string.Join(", ", Precisions.Keys)} (weights alone); others than float32 need --network-only [default: float32]");

    private static readonly Option<int?> OpsetOption = Options.WholeNumber("--opset", LowestOpset, HighestNetworkOpset,
        $"Version of ONNX's operators, from {LowestOpset} to {HighestPipelineOpset}, with --network-only to {HighestNetworkOpset}, from {LowestInt8Opset} on with --precision int8 [default: the last]");

    private static readonly Option<bool> NetworkOnlyOption = new("--network-only") { Description = "Write the network from features to predictions, not what stands around it" };

    private static readonly Option<bool> AllowTextHashesOption = new("--allow-approximate-text-hashing")
    {
        Description = "Export hashes of texts too, although ONNX hashes texts with blanks at an end or other characters than ASCII differently",
    };

    private static readonly Option<bool> NoVerifyOption = new("--no-verify") { Description = "Do not run the graph and compare it with ML.NET" };

    private static readonly Option<double?> ToleranceOption = Tolerance();

    public static Option<double?> Tolerance() => Options.Number("--tolerance", "X", 1e-9, 1,
        "How far a number may be off, times the larger of 1 and the number, from 1e-9 to 1 [default: 1e-5; 1e-4 for moments, 2e-3 for float16, 0.1 for int8]");

    public static Command Create()
    {
        Command command = new("export", "Writes a model, or its network, as an ONNX file and verifies it on rows of the data")
        {
            ModelArgument, DataOption, SeparatorOption, OutputOption, KindOption, SamplesOption, SeedOption, PrecisionOption, OpsetOption, NetworkOnlyOption,
            AllowTextHashesOption, NoVerifyOption, ToleranceOption,
        };
        command.SetAction(Run);
        return command;
    }

    /// <summary>What options say together that none of them says alone.</summary>
    private static string? FindContradiction(ParseResult result)
    {
        OnnxGraphKind? kind = result.GetValue(KindOption);
        OnnxPrecision precision = result.GetValue(PrecisionOption) ?? OnnxPrecision.Float32;
        int? opset = result.GetValue(OpsetOption);
        bool isNetwork = result.GetValue(NetworkOnlyOption), verifies = !result.GetValue(NoVerifyOption);
        if (result.GetValue(SamplesOption) is not null && kind is not (OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling))
            return "--samples needs --kind frozen-samples or --kind sampling.";
        if (result.GetValue(SeedOption) is not null && kind != OnnxGraphKind.FrozenSamples)
            return "--seed needs --kind frozen-samples.";
        if (precision != OnnxPrecision.Float32 && !isNetwork)
            return "--precision float16 and int8 need --network-only.";
        if (opset > HighestPipelineOpset && !isNetwork)
            return $"--opset takes a whole number from {LowestOpset} to {HighestPipelineOpset} without --network-only; found '{opset}'.";
        if (opset < LowestInt8Opset && precision == OnnxPrecision.Int8Weights)
            return $"--opset takes a whole number from {LowestInt8Opset} to {HighestNetworkOpset} with --precision int8; found '{opset}'.";
        if (result.GetValue(ToleranceOption) is not null && !verifies)
            return "--tolerance and --no-verify exclude each other.";
        if (result.GetValue(DataOption) is null && verifies && !isNetwork)
            return "--data is needed to verify the graph; --no-verify goes without.";
        return null;
    }

    private static int Run(ParseResult result)
    {
        if (FindContradiction(result) is string message)
            throw new ArgumentException($"{message} Try --help.");
        string path = result.GetValue(OutputOption)!, modelPath = result.GetValue(ModelArgument)!;
        string? dataPath = result.GetValue(DataOption);
        OutputFile.Check(path, modelPath, dataPath);
        var model = ModelFile.Load(modelPath);
        if (result.GetValue(KindOption) is not null && model.FindNetwork() is null)
            throw new InvalidDataException($"--kind is for networks of Microsoft.ML.VariationalDropout, and the model '{modelPath}' has none.");
        SampleFile? file = dataPath is null ? null : SampleFile.Read(dataPath, result.GetValue(SeparatorOption), OnnxVerifier.DefaultRows);
        var options = new OnnxExportOptions
        {
            GraphKind = result.GetValue(KindOption),
            NumberOfSamples = result.GetValue(SamplesOption),
            Seed = result.GetValue(SeedOption),
            Precision = result.GetValue(PrecisionOption) ?? OnnxPrecision.Float32,
            Opset = result.GetValue(OpsetOption),
            AllowApproximateTextHashing = result.GetValue(AllowTextHashesOption),
            Verify = !result.GetValue(NoVerifyOption),
            VerificationTolerance = (float?)result.GetValue(ToleranceOption),
        };
        if (options.Verify && file is { Rows: 0 })
            throw new InvalidDataException($"'{file.Path}' has no rows to verify the graph with; --no-verify goes without.");

        byte[] bytes = Export(model, file, options, result.GetValue(NetworkOnlyOption));
        OnnxFile.Write(path, bytes);
        TextWriter output = result.InvocationConfiguration.Output;
        output.WriteLine($"Wrote {path}: {ModelDescription.Create(bytes).Summary}.");
        output.WriteLine(!options.Verify ? "Not verified." : file is null ? "Verified on rows around the means of the training features." : string.Create(CultureInfo.InvariantCulture, $"Verified on {file.Rows} rows of {file.Path}."));
        return ToolCommand.Succeeded;
    }

    private static byte[] Export(ModelFile model, SampleFile? file, OnnxExportOptions options, bool networkOnly)
    {
        using var stream = new MemoryStream();
        if (!networkOnly)
        {
            model.Context.Model.ExportToOnnx(model.Model, new SampleView(model.RequireInputSchema(), file), stream, options);
            return stream.ToArray();
        }

        model.ExportNetwork(stream, options);
        byte[] bytes = stream.ToArray();
        if (options.Verify && file is not null)
            WrittenModel.Compare(bytes, model.Model, new SampleView(model.RequireInputSchema(), file), options.VerificationTolerance);
        return bytes;
    }
}
