using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoreOnAccelerator;

/// <summary>How far the outputs of two scorers of one model are apart.</summary>
internal static class Difference
{
    /// <summary>The largest difference in the outputs of numbers of a batch, divided by the value where that is greater than 1.</summary>
    public static double Largest(OnnxScorer scorer, OnnxScorer reference)
    {
        using OnnxBatch batch = Run(scorer);
        using OnnxBatch expected = Run(reference);
        double largest = 0;
        foreach (OnnxTensorInfo output in scorer.Outputs)
        {
            double[]? values = Read(batch, output), references = Read(expected, output);
            for (int i = 0; i < (values?.Length ?? 0); i++)
                largest = Math.Max(largest, Math.Abs(values![i] - references![i]) / Math.Max(1, Math.Abs(references[i])));
        }

        return largest;
    }

    private static OnnxBatch Run(OnnxScorer scorer)
    {
        OnnxBatch batch = scorer.CreateBatch();
        SampleRows.Fill(batch, scorer.Inputs);
        batch.Run(batch.MaximumRows);
        return batch;
    }

    private static double[]? Read(OnnxBatch batch, OnnxTensorInfo output) => output.ElementType switch
    {
        Type type when type == typeof(float) => [.. batch.GetOutput<float>(output.Name).ToArray().Select(value => (double)value)],
        Type type when type == typeof(Half) => [.. batch.GetOutput<Half>(output.Name).ToArray().Select(value => (double)value)],
        Type type when type == typeof(double) => batch.GetOutput<double>(output.Name).ToArray(),
        _ => null,
    };
}
