using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Calibration;

/// <summary>Calibration, intervals and sets behind a trained network: saved, loaded, in a prediction engine, in a pipeline.</summary>
[TestClass]
public sealed class CalibratedPipelineTests
{
    private static readonly string[] Tasks = [TestTask.Binary.Name, TestTask.Multiclass.Name, TestTask.Regression.Name];

    public static IEnumerable<object[]> TaskNames => Tasks.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(TaskNames))]
    public void A_loaded_pipeline_gives_the_same_bits_also_in_a_fresh_process(string name)
    {
        var context = new MLContext(1);
        TransformerChain<ITransformer> model = Fit(context, name, out IDataView data);
        string[] expected = Bits(model.Transform(data));
        ITransformer loaded = Load(Save(context, model, data));
        CollectionAssert.AreEqual(expected, Bits(loaded.Transform(data)));
        CollectionAssert.AreEqual(expected, Bits(Load(Save(context, loaded, data)).Transform(data)));
        CollectionAssert.AreEqual(expected, FreshProcess.Score(context, model, data.Schema, TestData.Rows(120)));
        AssertSame(model, loaded);
    }

    /// <summary>Once released, the files are never rewritten to make this test pass: saved models must stay readable.</summary>
    [TestMethod]
    [DataRow("Binary")]
    [DataRow("Multiclass")]
    [DataRow("Regression")]
    public void A_pipeline_that_was_saved_before_still_loads_and_gives_the_same(string name)
    {
        var context = new MLContext(1);
        Fit(context, name, out IDataView data);
        ITransformer model = context.Model.Load(Path.Combine(AppContext.BaseDirectory, "Calibration", $"GoldenCalibrated{name}.zip"), out _);
        IDataView scored = model.Transform(data);
        switch (name)
        {
            case "Binary":
                AssertNear([0.6734843f], First("Probability"));
                AssertNear([0.6316836f], First("ScorePredictiveEntropy"));
                CollectionAssert.AreEqual(new[] { true, true }, scored.GetColumn<bool[]>("PredictionSet").First());
                break;
            case "Multiclass":
                AssertNear([0.64334553f, 0.14317466f, 0.2134798f], First("Score"));
                AssertNear([0.891708f], First("ScorePredictiveEntropy"));
                CollectionAssert.AreEqual(new[] { true, true, true }, scored.GetColumn<bool[]>("PredictionSet").First());
                break;
            default:
                AssertNear([4.8740196f], First("ScoreLowerBound"));
                AssertNear([6.2785196f], First("ScoreUpperBound"));
                break;
        }

        float[] First(string column) => TestData.Values(scored, column)[0];

        // Kernels differ in the last bits.
        static void AssertNear(float[] expected, float[] actual)
        {
            Assert.HasCount(expected.Length, actual);
            for (int k = 0; k < expected.Length; k++)
                Assert.AreEqual(expected[k], actual[k], 1e-4f * Math.Max(1, Math.Abs(expected[k])));
        }
    }

    [TestMethod]
    [DynamicData(nameof(TaskNames))]
    public void With_any_byte_of_its_settings_changed_a_transformer_is_refused(string name)
    {
        var context = new MLContext(1);
        byte[] zip = Save(context, Fit(context, name, out IDataView data), data);

        // The transformers of the chain are in folders with their number; the first two are the featurizer and the network.
        foreach (string folder in new[] { "Transform_002", "Transform_003" })
        {
            for (int offset = -4; offset < 40; offset++)
            {
                byte[] damaged = Damage(zip, folder, offset);
                Exception refusal = Assert.Throws<Exception>(() => Load(damaged), $"{folder} at {offset}").GetBaseException();
                Assert.IsInstanceOfType<InvalidDataException>(refusal);
                StringAssert.Contains(refusal.Message, "The saved transformer is damaged: its ", StringComparison.Ordinal);
            }
        }
    }

    [TestMethod]
    public void A_prediction_engine_gives_what_the_data_view_has()
    {
        var context = new MLContext(1);
        List<TestRow> rows = TestData.Rows(120);
        TransformerChain<ITransformer> binary = Fit(context, TestTask.Binary.Name, out IDataView data);
        float[] probabilities = [.. binary.Transform(data).GetColumn<float>("Probability")];
        int[] sizes = [.. binary.Transform(data).GetColumn<int>("PredictionSetSize")];
        PredictionEngine<TestRow, SetPrediction> engine = context.Model.CreatePredictionEngine<TestRow, SetPrediction>(binary);
        for (int i = 0; i < 20; i++)
        {
            SetPrediction prediction = engine.Predict(rows[i]);
            Assert.AreEqual(probabilities[i], prediction.Probability);
            Assert.AreEqual(sizes[i], prediction.PredictionSetSize);
            Assert.AreEqual(sizes[i], prediction.PredictionSet.Count(isIn => isIn));
        }

        TransformerChain<ITransformer> regression = Fit(context, TestTask.Regression.Name, out _);
        float[] bounds = [.. regression.Transform(data).GetColumn<float>("ScoreUpperBound")];
        PredictionEngine<TestRow, IntervalPrediction> intervals = context.Model.CreatePredictionEngine<TestRow, IntervalPrediction>(regression);
        for (int i = 0; i < 20; i++)
        {
            IntervalPrediction prediction = intervals.Predict(rows[i]);
            Assert.AreEqual(bounds[i], prediction.ScoreUpperBound);
            Assert.IsTrue(prediction.ScoreLowerBound < prediction.Score && prediction.Score < prediction.ScoreUpperBound);
        }
    }

    /// <summary>What the estimators promise before they are fitted is what comes.</summary>
    [TestMethod]
    public void In_a_pipeline_the_estimators_promise_the_columns_that_come()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(120));
        IEstimator<ITransformer>[] pipelines =
        [
            TestTask.Binary.Trainer(context).Estimator.Append(context.BinaryClassification.Calibrators.Temperature("IsRed", exampleWeightColumnName: "Weight"))
                .Append(context.BinaryClassification.ConformalPredictionSets("IsRed")),
            context.BinaryClassification.Trainers.AveragedPerceptron("IsRed").Append(context.BinaryClassification.Calibrators.Temperature("IsRed")),
            TestTask.Multiclass.Trainer(context).Estimator.Append(context.MulticlassClassification.TemperatureScaling())
                .Append(context.MulticlassClassification.ConformalPredictionSets()),
            context.MulticlassClassification.Trainers.SdcaMaximumEntropy().Append(context.MulticlassClassification.ConformalPredictionSets()),
            TestTask.Regression.Trainer(context).Estimator.Append(context.Regression.ConformalIntervals("Height")),
        ];
        foreach (IEstimator<ITransformer> pipeline in pipelines)
        {
            SchemaShape promised = pipeline.GetOutputSchema(SchemaShape.Create(data.Schema));
            SchemaShape actual = SchemaShape.Create(pipeline.Fit(data).GetOutputSchema(data.Schema));
            foreach (SchemaShape.Column column in promised)
            {
                Assert.IsTrue(actual.TryFindColumn(column.Name, out SchemaShape.Column found), column.Name);
                Assert.AreEqual((column.Kind, column.ItemType, column.IsKey), (found.Kind, found.ItemType, found.IsKey), column.Name);
                foreach (SchemaShape.Column annotation in column.Annotations)
                    Assert.IsTrue(found.Annotations.TryFindColumn(annotation.Name, out _), $"{column.Name}: {annotation.Name}");
            }
        }
    }

    [TestMethod]
    public void Nothing_is_read_that_nobody_asked_for()
    {
        var context = new MLContext(1);
        IDataView scored = context.Data.LoadFromEnumerable(ScoredData.Binary(50, 1, 1));
        IDataView sets = context.BinaryClassification.ConformalPredictionSets().Fit(scored).Transform(scored);
        using DataViewRowCursor cursor = sets.GetRowCursor(sets.Schema["Weight"]);
        Assert.IsTrue(cursor.MoveNext());
        Assert.IsFalse(cursor.IsColumnActive(sets.Schema["PredictionSet"]));
        Assert.IsFalse(cursor.IsColumnActive(sets.Schema["Probability"]));
    }

    private static TransformerChain<ITransformer> Fit(MLContext context, string name, out IDataView data)
    {
        IDataView rows = context.Data.LoadFromEnumerable(TestData.Rows(120));
        data = context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence)
            .Append(context.Transforms.Concatenate("Sizes", "Height", "Width")).Fit(rows).Transform(rows);
        var features = context.Transforms.Concatenate("Features", "A", "B", "C", "D").Fit(data);
        TestTask task = TestTask.Of(name);
        ITransformer network = task.WithSampling(task.Trainer(context).Fit(features.Transform(data)), 6, 9);

        // Labels that were mixed up: on those that it was trained on, the network is always right.
        IDataView calibration = context.Data.LoadFromEnumerable(ScoredData.MixUp(TestData.Rows(120, seed: 2)));
        calibration = context.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByOccurrence).Fit(rows).Transform(calibration);
        IDataView scored = network.Transform(features.Transform(calibration));
        if (name == TestTask.Regression.Name)
        {
            ITransformer interval = context.Regression.ConformalIntervals("Height", scaleColumnName: "ScoreStandardDeviation").Fit(scored);
            ITransformer wide = context.Regression.ConformalIntervals("Height", confidenceLevel: 0.95, lowerBoundColumnName: "ScoreFrom", upperBoundColumnName: "ScoreTo").Fit(scored);
            return new TransformerChain<ITransformer>(features, network, interval, wide);
        }

        TemperatureScalingTransformer temperature = name == TestTask.Binary.Name
            ? context.BinaryClassification.Calibrators.Temperature("IsRed").Fit(scored)
            : context.MulticlassClassification.TemperatureScaling().Fit(scored);
        IDataView scaled = temperature.Transform(scored);
        ITransformer sets = name == TestTask.Binary.Name
            ? context.BinaryClassification.ConformalPredictionSets("IsRed").Fit(scaled)
            : context.MulticlassClassification.ConformalPredictionSets().Fit(scaled);
        return new TransformerChain<ITransformer>(features, network, temperature, sets);
    }

    private static void AssertSame(TransformerChain<ITransformer> model, ITransformer loaded)
    {
        foreach ((ITransformer before, ITransformer after) in model.Zip((TransformerChain<ITransformer>)loaded).Skip(2))
        {
            if (before is TemperatureScalingTransformer temperature && after is TemperatureScalingTransformer same)
            {
                Assert.AreEqual((temperature.Temperature, "Score"), (same.Temperature, same.ScoreColumnName));
                Assert.AreNotEqual(1, same.Temperature);
            }
            else if (before is ConformalPredictionSetTransformer sets && after is ConformalPredictionSetTransformer sameSets)
            {
                Assert.AreEqual((sets.ConfidenceLevel, sets.Threshold, 120L), (sameSets.ConfidenceLevel, sameSets.Threshold, sameSets.CalibrationCount));
            }
            else
            {
                var intervals = (ConformalIntervalTransformer)before;
                var sameIntervals = (ConformalIntervalTransformer)after;
                Assert.AreEqual((intervals.ConfidenceLevel, intervals.Quantile, 120L), (sameIntervals.ConfidenceLevel, sameIntervals.Quantile, sameIntervals.CalibrationCount));
            }
        }
    }

    /// <summary>What LoadInFreshProcess prints.</summary>
    private static string[] Bits(IDataView scored)
    {
        IEnumerable<DataViewSchema.Column> columns = scored.Schema
            .Where(column => !column.IsHidden && (column.Name.StartsWith("Score", StringComparison.Ordinal) || column.Name.StartsWith("PredictionSet", StringComparison.Ordinal)))
            .OrderBy(column => column.Name, StringComparer.Ordinal);
        string[][] values = [.. columns.Select(column => column.Type switch
        {
            VectorDataViewType { ItemType: BooleanDataViewType } => [.. scored.GetColumn<bool[]>(column).Select(row => string.Join(' ', row))],
            VectorDataViewType => [.. scored.GetColumn<float[]>(column).Select(row => string.Join(' ', row.Select(Bits)))],
            _ when column.Type == NumberDataViewType.Int32 => [.. scored.GetColumn<int>(column).Select(value => $"{value}")],
            _ => (string[])[.. scored.GetColumn<float>(column).Select(Bits)],
        })];
        return [.. Enumerable.Range(0, values[0].Length).Select(row => string.Join(' ', values.Select(column => column[row])))];

        static string Bits(float value) => $"{BitConverter.SingleToUInt32Bits(value):X8}";
    }

    private static byte[] Save(MLContext context, ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    private static ITransformer Load(byte[] zip)
    {
        using var stream = new MemoryStream(zip);
        return new MLContext(1).Model.Load(stream, out _);
    }

    /// <summary>Another bit in the settings of one transformer, so many bytes after the beginning of the name of the score column.</summary>
    private static byte[] Damage(byte[] zip, string folder, int offset)
    {
        using var output = new MemoryStream();
        int changes = 0;
        using (var source = new ZipArchive(new MemoryStream(zip)))
        using (var destination = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (ZipArchiveEntry entry in source.Entries)
            {
                using var content = new MemoryStream();
                using (Stream stream = entry.Open())
                    stream.CopyTo(content);
                byte[] bytes = content.ToArray();
                int name = entry.FullName.Contains(folder, StringComparison.Ordinal) ? FindName(bytes) : -1;
                if (name >= 0)
                {
                    bytes[name + offset] ^= (byte)(1 << (changes + offset + 8) % 8);
                    changes++;
                }

                using Stream target = destination.CreateEntry(entry.FullName).Open();
                target.Write(bytes);
            }
        }

        Assert.AreEqual(1, changes);
        return output.ToArray();

        static int FindName(ReadOnlySpan<byte> bytes) => Math.Max(bytes.IndexOf("\u0005Score"u8), bytes.IndexOf("\u000BProbability"u8));
    }

    private sealed class SetPrediction
    {
        public float Probability { get; set; }

        public bool[] PredictionSet { get; set; } = [];

        public int PredictionSetSize { get; set; }
    }

    private sealed class IntervalPrediction
    {
        public float Score { get; set; }

        public float ScoreLowerBound { get; set; }

        public float ScoreUpperBound { get; set; }
    }
}
