using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>A model's bytes, run on rows in batches of several sizes against ML.NET.</summary>
internal sealed class ExportedPipeline
{
    public static readonly int[] BatchSizes = [1, 2, 33];

    public ExportedPipeline(MLContext context, ITransformer model, IDataView sample, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        context.Model.ExportToOnnx(model, sample, stream, options);
        Bytes = stream.ToArray();
        Proto = ModelProto.Read(Bytes);
    }

    public byte[] Bytes { get; }

    public ModelProto Proto { get; }

    public string[] Inputs => [.. Proto.Graph.Inputs.Select(input => input.Name)];

    public string[] Outputs => [.. Proto.Graph.Outputs.Select(output => output.Name)];

    /// <summary>Runs the rows in each batch size.</summary>
    /// <returns>The largest difference, as <see cref="Difference"/> measures it.</returns>
    public double Compare(ITransformer model, IDataView data, string outputSuffix = ".output")
    {
        List<ColumnValues> inputs = ColumnValues.Read(data, Inputs, int.MaxValue);
        var difference = new Difference(model.Transform(data), [.. Outputs.Select(output => output[..^outputSuffix.Length])], FindTargets(model));
        using InferenceSession session = OnnxRun.Open(Bytes);
        double largest = 0;
        foreach (int size in BatchSizes)
        {
            for (int start = 0; start < inputs[0].Rows; start += size)
            {
                int[] rows = [.. Enumerable.Range(start, Math.Min(size, inputs[0].Rows - start))];
                Dictionary<string, OnnxOutput> actual = OnnxRun.Run(session, [.. inputs.Select(input => input.Take(rows)).Select(input => (input.Name, input.Values, input.Shape!))]);
                largest = Math.Max(largest, difference.Largest(column => actual[column + outputSuffix], rows));
            }
        }

        return largest;
    }

    private static TargetScaling? FindTargets(ITransformer model)
        => PipelineStep.Expand(model).Select(part => NetworkTransformer.Find(part, ExportSettings.ForPipeline(null))?.Model.Network.Targets).LastOrDefault(targets => targets is not null);
}
