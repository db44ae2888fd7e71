using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.NativeConverter;

/// <summary>ML.NET's own <c>ConvertToOnnx</c>, from the package Microsoft.ML.OnnxConverter, on the models of this library: it asks them for the same nodes as our export does.</summary>
[TestClass]
public sealed class ConvertToOnnxTests
{
    private const int Rows = 33;
    private const int Samples = 7;
    private const int Seed = 3;

    private static readonly MLContext Context = new(seed: 1);

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> TasksAndKinds =>
        from task in Enum.GetValues<OnnxTask>()
        from kind in new[] { OnnxGraphKind.PosteriorMean, OnnxGraphKind.Moments, OnnxGraphKind.FrozenSamples }
        select new object[] { task, kind };

    [TestMethod]
    [DynamicData(nameof(TasksAndKinds))]
    public void A_pipeline_in_every_mode_gives_what_ML_NET_and_our_own_export_give(OnnxTask task, OnnxGraphKind kind)
    {
        TrainedTask trained = Tasks.Get(task);
        Check(trained.InMode(kind, Samples, Seed), trained, kind);
    }

    [TestMethod]
    [DynamicData(nameof(TasksAndKinds))]
    public void A_loaded_pipeline_does_so_too(OnnxTask task, OnnxGraphKind kind)
    {
        TrainedTask trained = Tasks.Get(task);
        using var stream = new MemoryStream();
        Context.Model.Save(trained.InMode(kind, Samples, Seed), Data().Schema, stream);
        stream.Position = 0;
        Check(new MLContext(seed: 2).Model.Load(stream, out _), trained, kind);
    }

    [TestMethod]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(11)]
    public void Older_operators_may_be_asked_for(int opset)
    {
        foreach (OnnxTask task in Enum.GetValues<OnnxTask>())
        {
            ITransformer model = Tasks.Get(task).InMode(OnnxGraphKind.Moments, null, null);
            using var stream = new MemoryStream();
            Context.Model.ConvertToOnnx(model, Data(), opset, stream);
            Case(model, stream.ToArray(), Tasks.Get(task)).Check(Run(stream.ToArray()), 1e-4);
        }
    }

    private static IDataView Data() => Context.Data.LoadFromEnumerable(ParityRow.Create(Rows, seed: 2));

    private static Dictionary<string, OnnxOutput> Run(byte[] bytes, int rows = Rows)
        => OnnxRun.Run(bytes, [.. Inputs(bytes).Select(input => input.Take(Enumerable.Range(0, rows))).Select(input => (input.Name, input.Values, input.Shape!))]);

    private static List<ColumnValues> Inputs(byte[] bytes) => ColumnValues.Read(Data(), [.. ModelProto.Read(bytes).Graph.Inputs.Select(input => input.Name)], Rows);

    private static CheckerCase Case(ITransformer model, byte[] bytes, TrainedTask trained)
    {
        IDataView scored = model.Transform(Data());
        string[] columns = [.. Tasks.ScoreColumns.Where(name => scored.Schema.GetColumnOrNull(name) is not null)];
        return new CheckerCase("ConvertToOnnx", bytes, Inputs(bytes), ColumnValues.Read(scored, columns, Rows), trained.Targets);
    }

    private void Check(ITransformer model, TrainedTask trained, OnnxGraphKind kind)
    {
        using var native = new MemoryStream();
        Context.Model.ConvertToOnnx(model, Data(), native);
        using var own = new MemoryStream();
        Context.Model.ExportToOnnx(model, Data(), own);

        CheckerCase all = Case(model, native.ToArray(), trained);
        double largest = 0;
        foreach (int rows in ExportedPipeline.BatchSizes)
        {
            Dictionary<string, OnnxOutput> converted = Run(native.ToArray(), rows), exported = Run(own.ToArray(), rows);
            largest = Math.Max(largest, all.Take(rows).Check(converted, kind == OnnxGraphKind.Moments ? 1e-4 : 1e-5));
            foreach ((string name, OnnxOutput output) in exported)
                CollectionAssert.AreEqual(output.Values, converted[name].Values, $"{name}, {rows} rows");
        }

        TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largest difference {largest:E1}"));
    }
}
