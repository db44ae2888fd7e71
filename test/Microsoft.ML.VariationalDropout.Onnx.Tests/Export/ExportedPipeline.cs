using System.Globalization;
using Microsoft.ML.OnnxRuntime;

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
    /// <returns>The largest difference of a number, relative to the larger of 1 and the number.</returns>
    public double Compare(ITransformer model, IDataView data, string outputSuffix = ".output")
    {
        List<ColumnValues> inputs = ColumnValues.Read(data, Inputs, int.MaxValue);
        string[] columns = [.. Outputs.Select(output => output[..^outputSuffix.Length])];
        List<ColumnValues> expected = ColumnValues.Read(model.Transform(data), columns, int.MaxValue);
        using InferenceSession session = OnnxRun.Open(Bytes);
        double largest = 0;
        foreach (int size in BatchSizes)
        {
            for (int start = 0; start < inputs[0].Rows; start += size)
            {
                int[] rows = [.. Enumerable.Range(start, Math.Min(size, inputs[0].Rows - start))];
                Dictionary<string, OnnxOutput> actual = OnnxRun.Run(session, [.. inputs.Select(input => input.Take(rows)).Select(input => (input.Name, input.Values, input.Shape!))]);
                foreach (ColumnValues column in expected)
                    largest = Math.Max(largest, Compare(column.Take(rows), actual[column.Name + outputSuffix], $"{column.Name}, batch of {size}, rows from {start}"));
            }
        }

        return largest;
    }

    private static double Compare(ColumnValues expected, OnnxOutput actual, string place)
    {
        CollectionAssert.AreEqual(expected.Shape, actual.Shape, place);
        double largest = 0;
        for (int i = 0; i < expected.Values.Length; i++)
        {
            object before = expected.Values.GetValue(i)!, after = actual.Values.GetValue(i)!;
            if (before is float or double)
            {
                double a = Convert.ToDouble(after, CultureInfo.InvariantCulture), b = Convert.ToDouble(before, CultureInfo.InvariantCulture);
                if (!a.Equals(b))
                    largest = Math.Max(largest, double.IsNaN(a) != double.IsNaN(b) ? double.PositiveInfinity : Math.Abs(a - b) / Math.Max(1, Math.Abs(b)));
            }
            else
            {
                Assert.AreEqual(before, after, $"{place}, value {i}");
            }
        }

        return largest;
    }
}
