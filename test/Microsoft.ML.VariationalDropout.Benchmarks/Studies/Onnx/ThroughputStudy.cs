using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>Rows per second from ML.NET's cache, against ML.NET's own transform and against ONNX Runtime alone.</summary>
internal static class ThroughputStudy
{
    private const int NumberOfRounds = 9;

    private static readonly string[] Names =
        ["`ApplyOnnxModel`", "`ApplyVariationalDropoutOnnxModel`", "`OnnxScorer.Score`", "`InferenceSession`, batches of 1024", "reading the cached rows, without a model"];

    public static void Run(OnnxProblem problem, int threads)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, problem.Mean);
            Run(problem, threads, file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Run(OnnxProblem problem, int threads, string file)
    {
        MLContext context = problem.Context;
        var options = new OnnxScorerOptions { IntraOpThreads = threads };
        IDataView ours = context.Transforms.ApplyVariationalDropoutOnnxModel(file, options).Fit(problem.Data).Transform(problem.Data);
        using OnnxTransformer transformer = context.Transforms.ApplyOnnxModel(new OnnxOptions
        {
            ModelFile = file,
            InputColumns = ["Features"],
            OutputColumns = ["Score.output"],
            IntraOpNumThreads = threads,
        }).Fit(problem.Data);
        IDataView theirs = transformer.Transform(problem.Data);
        using OnnxScorer scorer = OnnxScorer.FromBytes(problem.Mean, options);
        using var bare = new BareSession(problem.Mean, threads, OnnxProblem.BlockRows);
        float[] scores = new float[OnnxProblem.Rows];

        double[][] seconds = Rounds.Measure(
            NumberOfRounds,
            1,
            () => ReadVectors(theirs, "Score"),
            () => ReadNumbers(ours, "Score"),
            () => scorer.Score(problem.Values, OnnxProblem.Rows, scores),
            () => bare.Score(problem.Values, scores),
            () => ReadVectors(problem.Data, "Features"));

        double[] theirSeconds = seconds[0], bareSeconds = seconds[3];
        OnnxStudy.Line($"\n| IntraOpThreads = {threads} | rows/s | times `ApplyOnnxModel` | time / bare session |");
        OnnxStudy.Line($"|---|---|---|---|");
        for (int i = 0; i < Names.Length; i++)
        {
            OnnxStudy.Line(
                $"| {Names[i]} | {OnnxProblem.Rows / Rounds.Median(seconds[i]):N0} | {Rounds.Ratio(theirSeconds, seconds[i]):F1} | {Rounds.Ratio(seconds[i], bareSeconds):F2} |");
        }
    }

    private static void ReadNumbers(IDataView data, string name)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema[name]]);
        ValueGetter<float> getter = cursor.GetGetter<float>(data.Schema[name]);
        float value = 0;
        while (cursor.MoveNext())
            getter(ref value);
    }

    private static void ReadVectors(IDataView data, string name)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([data.Schema[name]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(data.Schema[name]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
            getter(ref value);
    }
}
