using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies.Onnx;

/// <summary>Rows per second from ML.NET's cache, against ML.NET's own transform and against ONNX Runtime alone.</summary>
internal static class ThroughputStudy
{
    /// <summary>Few of what takes long; apart, since a ratio is of times near each other.</summary>
    private const int SlowRounds = 7, FastRounds = 61;

    private static readonly string[] Names =
        ["`ApplyVariationalDropoutOnnxModel`", "`OnnxScorer.Score`", "`InferenceSession`, batches of 1024", "reading the cached rows, without a model"];

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

        Action transform = () => ReadNumbers(ours, "Score");
        Action session = () => bare.Score(problem.Values, scores);
        double[][] slow = Rounds.Measure(SlowRounds, 1, () => ReadVectors(theirs, "Score"), transform);
        double[][] fast = Rounds.Measure(
            FastRounds, 1, transform, () => scorer.Score(problem.Values, OnnxProblem.Rows, scores), session, () => ReadVectors(problem.Data, "Features"));

        OnnxStudy.Line($"\n| IntraOpThreads = {threads} | rows/s | time / bare session |");
        OnnxStudy.Line($"|---|---|---|");
        for (int i = 0; i < Names.Length; i++)
            OnnxStudy.Line($"| {Names[i]} | {OnnxProblem.Rows / Rounds.Median(fast[i]):N0} | {Rounds.Ratio(fast[i], fast[2]):F2} |");
        OnnxStudy.Line($"| `ApplyOnnxModel` | {OnnxProblem.Rows / Rounds.Median(slow[0]):N0} | |");
        OnnxStudy.Line($"\n`ApplyVariationalDropoutOnnxModel` is {Rounds.Ratio(slow[0], slow[1]):F1} times as fast as `ApplyOnnxModel`.");
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
