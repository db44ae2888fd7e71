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
        ["Hash of numbers"] = t => t.Conversion.Hash("Out", "Gap"),
        ["Hash of a vector of numbers"] = t => t.Conversion.Hash(new HashingEstimator.ColumnOptions("Out", "Gaps", useOrderedHashing: false)),
        ["Hash of doubles"] = t => t.Conversion.Hash("Out", "Wide"),
        ["Hash of truth values"] = t => t.Conversion.Hash("Out", "Flag"),
        ["Hash of integers"] = t => t.Conversion.Hash("Out", "Whole"),
        ["Hash of unsigned integers"] = t => t.Conversion.Hash("Out", "Account").Append(t.Conversion.Hash("Port")),
        ["Hash of keys"] = t => t.Conversion.Hash("Out", "Place"),
        ["Hash of texts, some empty"] = t => t.Conversion.Hash("Out", "Color"),
        ["Hash of several columns in place"] = t => t.Conversion.Hash(new HashingEstimator.ColumnOptions("Gap", numberOfBits: 8, seed: 3), new("Whole"), new("City", "Color"))
            .Append(t.Conversion.MapKeyToVector("Gap")).Append(t.CopyColumns("Out", "Gap")),
        ["OneHotHash of numbers"] = t => t.Categorical.OneHotHashEncoding("Out", "Gap", numberOfBits: 5),
        ["OneHotHash of keys"] = t => t.Categorical.OneHotHashEncoding("Out", "Place", numberOfBits: 5),
        ["Concatenate"] = t => t.Concatenate("Out", "A", "V", "B"),
        ["ConvertType to double"] = t => t.Conversion.ConvertType("Out", "A", DataKind.Double),
        ["ConvertType of truth values"] = t => t.Conversion.ConvertType("Out", "Flag"),
        ["ConvertType of integers"] = t => t.Conversion.ConvertType("Out", "Whole"),
        ["ConvertType of bytes"] = t => t.Conversion.ConvertType("Out", "Age"),
        ["ConvertType of unsigned integers of 16 bits"] = t => t.Conversion.ConvertType("Out", "Port"),
        ["ConvertType of unsigned integers of 32 bits"] = t => t.Conversion.ConvertType("Out", "Visits"),
        ["ConvertType of unsigned integers of 64 bits"] = t => t.Conversion.ConvertType("Out", "Account"),
        ["ConvertType of a vector of unsigned integers"] = t => t.Conversion.ConvertType("Out", "Sides"),
        ["Copy of unsigned integers of 64 bits"] = t => t.CopyColumns("Out", "Account"),
        ["Copy of a key"] = t => t.CopyColumns("Out", "Place"),
        ["MapKeyToVector of a key column"] = t => t.Conversion.MapKeyToVector("Out", "Place"),
        ["MinMax of two dimensions"] = t => t.NormalizeMinMax("Out", "Grid"),
        ["MinMax of two dimensions in place"] = t => t.NormalizeMinMax("Grid").Append(t.CopyColumns("Out", "Grid")),
        ["MeanVariance of two dimensions without fixed zero"] = t => t.NormalizeMeanVariance("Out", "Grid", fixZero: false),
        ["MapValueToKey of unsigned integers"] = t => t.Conversion.MapValueToKey("Out", "Visits"),
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
        ["Hash of texts"] = (t => t.Conversion.Hash("Hash", "City").Append(t.CopyColumns("Out", "Hash")), "HashingTransformer, which makes the column 'Hash', hashes the texts of the column 'City'"),
        ["OneHotHash of texts"] = (t => t.Categorical.OneHotHashEncoding("Out", "City"), "HashingTransformer, a step of OneHotHashEncodingTransformer, which makes the column 'Out', hashes the texts of the column 'City'"),
        ["ProduceWordBags"] = (t => t.Text.ProduceWordBags("Out", "City"), "WordTokenizingTransformer"),
        ["Stop words"] = (t => t.Text.TokenizeIntoWords("Words", "City").Append(t.Text.RemoveStopWords("Left", "Words", "a")).Append(t.Conversion.MapValueToKey("Key", "Left")).Append(t.Conversion.MapKeyToVector("Out", "Key")), "CustomStopWordsRemovingTransformer, which makes the column 'Left'"),
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

        var exported = new ExportedPipeline(context, model, rows, new OnnxExportOptions { OutputColumns = ["Out"], AllowApproximateTextHashing = true });

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

    [TestMethod]
    public void Hashes_of_what_sample_rows_rarely_have_are_those_of_ML_NET()
    {
        AssertSameHashes(new[] { float.NaN, -0f, 0, 1, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon }.Select(value => new Holder<float> { Value = value }));
        AssertSameHashes(new[] { double.NaN, -0d, 0, 1, double.PositiveInfinity, double.Epsilon }.Select(value => new Holder<double> { Value = value }));
        AssertSameHashes(new[] { int.MinValue, -1, 0, 1 }.Select(value => new Holder<int> { Value = value }));
        AssertSameHashes(new short[] { short.MinValue, -1, 0, 1 }.Select(value => new Holder<short> { Value = value }));
        AssertSameHashes(new sbyte[] { sbyte.MinValue, -1, 0, 1 }.Select(value => new Holder<sbyte> { Value = value }));
        AssertSameHashes(new[] { long.MinValue, -1, 0, 1 }.Select(value => new Holder<long> { Value = value }));
        AssertSameHashes(new[] { "", "a", "ab", "abc", "abcd", "a b", "\t" }.Select(value => new Holder<string> { Value = value }));
    }

    [TestMethod]
    public void A_missing_key_in_a_vector_has_no_hash()
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(i => new KeyRow { Keys = [(uint)i % 3, (uint)i / 3] }));
        ITransformer model = context.Transforms.Conversion.Hash(new HashingEstimator.ColumnOptions("Out", "Keys", useOrderedHashing: false)).Fit(rows);
        var exported = new ExportedPipeline(context, model, rows, new OnnxExportOptions { OutputColumns = ["Out"] });
        Assert.AreEqual(0, exported.Compare(model, rows));
    }

    private static void AssertSameHashes<T>(IEnumerable<Holder<T>> values)
    {
        var context = new MLContext(seed: 1);
        IDataView rows = context.Data.LoadFromEnumerable(values);
        ITransformer model = context.Transforms.Conversion.Hash("Out", "Value").Fit(rows);
        var exported = new ExportedPipeline(context, model, rows, new OnnxExportOptions { OutputColumns = ["Out"], Verify = false, AllowApproximateTextHashing = true });
        Assert.AreEqual(0, exported.Compare(model, rows));
    }

    private sealed class KeyRow
    {
        [KeyType(9)]
        [VectorType(2)]
        public uint[] Keys { get; set; } = [];
    }

    private sealed class Holder<T>
    {
        public T Value { get; set; } = default!;
    }

    private sealed class WithOut
    {
        public float Out { get; set; }
    }
}
