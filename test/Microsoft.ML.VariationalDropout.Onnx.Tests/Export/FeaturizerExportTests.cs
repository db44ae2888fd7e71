using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>Every featurizer that a pipeline can carry, from raw columns, with what training has not seen.</summary>
[TestClass]
public sealed class FeaturizerExportTests
{
    private const double Rounding = 1e-6;

    internal static readonly Dictionary<string, Func<TransformsCatalog, IEstimator<ITransformer>>> Featurizers = new()
    {
        ["MinMax"] = t => t.NormalizeMinMax("Out", "A"),
        ["MinMax of a vector"] = t => t.NormalizeMinMax("Out", "V"),
        ["MinMax in place"] = t => t.NormalizeMinMax("V").Append(t.CopyColumns("Out", "V")),
        ["MinMax without fixed zero"] = t => t.NormalizeMinMax("Out", "A", fixZero: false),
        ["MeanVariance"] = t => t.NormalizeMeanVariance("Out", "V"),
        ["MeanVariance without fixed zero"] = t => t.NormalizeMeanVariance("Out", "B", fixZero: false),
        ["LogMeanVariance without CDF"] = t => t.NormalizeLogMeanVariance("Out", "B", useCdf: false),
        ["MinMax of doubles"] = t => t.NormalizeMinMax("Out", "Wide"),
        ["MeanVariance of doubles"] = t => t.NormalizeMeanVariance("Out", "Wide"),
        ["RobustScaling"] = t => t.NormalizeRobustScaling("Out", "V"),
        ["LpNorm"] = t => t.NormalizeLpNorm("Out", "V"),
        ["GlobalContrast"] = t => t.NormalizeGlobalContrast("Out", "V"),
        ["OneHot Indicator"] = t => t.Categorical.OneHotEncoding("Out", "Color"),
        ["OneHot Bag"] = t => t.Categorical.OneHotEncoding("Out", "Color", OneHotEncodingEstimator.OutputKind.Bag),
        ["OneHot Key"] = t => t.Categorical.OneHotEncoding("Out", "Color", OneHotEncodingEstimator.OutputKind.Key),
        ["OneHot of 40 values"] = t => t.Categorical.OneHotEncoding("Out", "City"),
        ["OneHotHash"] = t => t.Categorical.OneHotHashEncoding("Out", "City", numberOfBits: 5),
        ["Hash"] = t => t.Conversion.Hash("Out", "City", numberOfBits: 10),
        ["Concatenate"] = t => t.Concatenate("Out", "A", "V", "B"),
        ["ConvertType to double"] = t => t.Conversion.ConvertType("Out", "A", DataKind.Double),
        ["ConvertType of truth values"] = t => t.Conversion.ConvertType("Out", "Flag"),
        ["ConvertType of integers"] = t => t.Conversion.ConvertType("Out", "Whole"),
        ["ReplaceMissing"] = t => t.ReplaceMissingValues("Out", "Gap", MissingValueReplacingEstimator.ReplacementMode.Mean),
        ["ReplaceMissing of a vector"] = t => t.ReplaceMissingValues("Out", "Gaps", MissingValueReplacingEstimator.ReplacementMode.Mean),
        ["IndicateMissing"] = t => t.IndicateMissingValues("Out", "Gaps"),
        ["IndicateMissing of one"] = t => t.IndicateMissingValues("Out", "Gap"),
        ["Copy"] = t => t.CopyColumns("Out", "Color"),
        ["Select"] = t => t.CopyColumns("Out", "V").Append(t.SelectColumns("Out", "A")),
        ["Drop"] = t => t.CopyColumns("Out", "V").Append(t.DropColumns("A", "V")),
        ["MapValue"] = t => t.Conversion.MapValue("Out", new Dictionary<string, float> { ["red"] = 1.5f, ["blue"] = -2 }, "Color"),
        ["MapValueToKey"] = t => t.Conversion.MapValueToKey("Out", "Color"),
        ["MapValueToKey and back"] = t => t.Conversion.MapValueToKey("Key", "Kind").Append(t.Conversion.MapKeyToValue("Out", "Key")),
        ["Keys back to texts"] = t => t.Conversion.MapValueToKey("Key", "Color").Append(t.Conversion.MapKeyToValue("Out", "Key")),
        ["Keys back to integers"] = t => t.Conversion.MapValueToKey("Key", "Whole").Append(t.Conversion.MapKeyToValue("Out", "Key")),
        ["Keys back to truth values"] = t => t.Conversion.MapValueToKey("Key", "Flag").Append(t.Conversion.MapKeyToValue("Out", "Key")),
        ["Keys back to numbers"] = t => t.Conversion.MapValue("Size", new Dictionary<string, float> { ["red"] = 1.5f, ["green"] = 3, ["blue"] = -2, ["black"] = 7, ["white"] = 8, ["purple with a blank"] = 9 }, "Color")
            .Append(t.Conversion.MapValueToKey("Key", "Size")).Append(t.Conversion.MapKeyToValue("Out", "Key")),
        ["MapValue of integers"] = t => t.Conversion.MapValue("Out", new Dictionary<int, float> { [1] = 1.5f, [2] = -2 }, "Whole"),
        ["MapKeyToVector"] = t => t.Conversion.MapValueToKey("Key", "Color").Append(t.Conversion.MapKeyToVector("Out", "Key")),
        ["FeatureSelection by count"] = t => t.FeatureSelection.SelectFeaturesBasedOnCount("Out", "V", count: 1),
        ["PCA"] = t => t.NormalizeMeanVariance("Vn", "V").Append(t.ProjectToPrincipalComponents("Out", "Vn", rank: 2, seed: 1)),
        ["A whole chain"] = t => t.ReplaceMissingValues("Gap").Append(t.IndicateMissingValues("WasMissing", "Gaps"))
            .Append(t.Conversion.ConvertType("WasMissing")).Append(t.Categorical.OneHotEncoding("Color")).Append(t.Categorical.OneHotHashEncoding("City", numberOfBits: 4))
            .Append(t.NormalizeMinMax("A")).Append(t.NormalizeMeanVariance("V")).Append(t.Conversion.ConvertType("Flag"))
            .Append(t.Concatenate("Out", "A", "V", "Gap", "WasMissing", "Color", "City", "Flag")),
    };

    private static readonly Dictionary<string, (Func<TransformsCatalog, IEstimator<ITransformer>> Create, string Name)> Refused = new()
    {
        ["CDF of a mean and a variance"] = (t => t.NormalizeMeanVariance("Out", "A", useCdf: true), "NormalizingTransformer, which makes the column 'Out'"),
        ["CDF of logarithms"] = (t => t.NormalizeLogMeanVariance("Out", "B"), "NormalizingTransformer, which makes the column 'Out'"),
        ["Supervised binning"] = (t => t.Conversion.MapValueToKey("Kind").Append(t.NormalizeSupervisedBinning("Out", "A", "Kind")), "NormalizingTransformer, which makes the column 'Out'"),
        ["Binning"] = (t => t.NormalizeBinning("Out", "A"), "NormalizingTransformer, which makes the column 'Out'"),
        ["OneHot Binary"] = (t => t.Categorical.OneHotEncoding("Out", "Color", OneHotEncodingEstimator.OutputKind.Binary), "KeyToBinaryVectorMappingTransformer, a step of OneHotEncodingTransformer"),
        ["FeaturizeText"] = (t => t.Text.FeaturizeText("Out", "City"), "a step of TextFeaturizingEstimator"),
        ["Expression"] = (t => t.Expression("Out", "(x, y) => x * y", "A", "B"), "ExpressionTransformer, which makes the column 'Out'"),
        ["ApproximatedKernelMap"] = (t => t.ApproximatedKernelMap("Out", "V", rank: 4), "ApproximatedKernelTransformer, which makes the column 'Out'"),
        ["CustomMapping"] = (t => t.CustomMapping<RawRow, WithOut>((input, output) => output.Out = input.A + 1, null), "CustomMappingTransformer, which makes the column 'Out'"),
        ["What comes after one"] = (t => t.Expression("E", "x => x * 2", "A").Append(t.NormalizeMinMax("En", "E", fixZero: true)).Append(t.Concatenate("Out", "En", "B")), "ExpressionTransformer, which makes the column 'E'"),
        ["MapValue to texts"] = (t => t.Conversion.MapValue("Out", new Dictionary<string, string> { ["red"] = "warm", ["blue"] = "cold" }, "Color"), "ValueMappingTransformer, which makes the column 'Out'"),
        ["A date"] = (t => t.CopyColumns("Out", "When"), "the column 'When' of the data has the type DateTime"),
        ["Texts side by side"] = (t => t.Concatenate("Out", "Color", "City"), "ColumnConcatenatingTransformer, which makes the column 'Out'"),
    };

    public static IEnumerable<object[]> FeaturizerNames => Featurizers.Keys.Select(name => new object[] { name });

    public static IEnumerable<object[]> RefusedNames => Refused.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(FeaturizerNames))]
    public void A_featurizer_gives_what_it_gives_in_ML_NET(string name)
    {
        var context = new MLContext(seed: 1);
        ITransformer model = Featurizers[name](context.Transforms).Fit(context.Data.LoadFromEnumerable(RawRow.Create(200, seed: 1)));
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(40, seed: 2, withUnseen: true));

        var exported = new ExportedPipeline(context, model, rows, new OnnxExportOptions { OutputColumns = ["Out"] });

        Assert.IsLessThanOrEqualTo(Rounding, exported.Compare(model, rows));
        Assert.DoesNotContain("When", exported.Inputs);
        Assert.DoesNotContain("Kind", exported.Inputs.Where(_ => !name.Contains("back", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DynamicData(nameof(RefusedNames))]
    public void What_has_no_ONNX_form_is_refused_by_name_before_a_byte_is_written(string name)
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(RawRow.Create(50, seed: 1));
        ITransformer model = Refused[name].Create(context.Transforms).Fit(rows);
        using var stream = new MemoryStream();

        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(
            () => context.Model.ExportToOnnx(model, rows, stream, new OnnxExportOptions { OutputColumns = ["Out"] }));

        Assert.Contains(Refused[name].Name, exception.Message);
        Assert.AreEqual(0, stream.Length);
    }

    private sealed class WithOut
    {
        public float Out { get; set; }
    }
}
