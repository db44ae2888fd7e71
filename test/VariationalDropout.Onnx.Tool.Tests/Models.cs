using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;

namespace VariationalDropout.Onnx.Tool.Tests;

/// <summary>Small trained models, saved once for all tests, and rows for them.</summary>
[TestClass]
public static class Models
{
    private const int Iterations = 3;
    private static readonly int[] Hidden = [8];
    private static readonly MLContext Context = new(seed: 1);
    private static string _folder = "";

    /// <summary>Classes with names, from raw columns.</summary>
    public static string Multiclass => Get("multiclass.zip");

    /// <summary>A price, from raw columns.</summary>
    public static string Regression => Get("regression.zip");

    /// <summary>The same, which samples 7 times.</summary>
    public static string Sampling => Get("sampling.zip");

    /// <summary>The features alone, of which no network is made.</summary>
    public static string Featurizer => Get("featurizer.zip");

    /// <summary>Saved without the columns that it reads.</summary>
    public static string WithoutSchema => Get("no-schema.zip");

    /// <summary>Text becomes many numbers, in a way that ONNX has no form for.</summary>
    public static string Unexportable => Get("text.zip");

    /// <summary>Hashes of a text.</summary>
    public static string Hashed => Get("hashed.zip");

    /// <summary>40 rows.</summary>
    public static string Data => Get("houses.csv");

    /// <summary>The same rows.</summary>
    internal static House[] Rows { get; } = House.Create(40, seed: 2);

    [AssemblyInitialize]
    public static void Train(TestContext context)
    {
        _folder = Directory.CreateTempSubdirectory("vdrop-onnx-models-").FullName;
        IDataView rows = Context.Data.LoadFromEnumerable(House.Create(200, seed: 1));
        TransformsCatalog t = Context.Transforms;
        EstimatorChain<ColumnConcatenatingTransformer> features = t.ReplaceMissingValues("AgeFilled", "Age")
            .Append(t.Categorical.OneHotEncoding("DistrictHot", "District"))
            .Append(t.Conversion.ConvertType("GardenNumber", "Garden"))
            .Append(t.Concatenate("Features", "Size", "AgeFilled", "Place", "DistrictHot", "GardenNumber"));

        TransformerChain<VariationalDropoutRegressionPredictionTransformer> regression =
            features.Append(Context.Regression.Trainers.VariationalDropout("Price", hiddenLayerSizes: Hidden, numberOfIterations: Iterations)).Fit(rows);
        Context.Model.Save(regression, rows.Schema, Regression);
        Context.Model.Save(regression, null, WithoutSchema);
        Context.Model.Save(new TransformerChain<ITransformer>([.. regression.SkipLast(1), regression.LastTransformer.WithSampling(7, 3)]), rows.Schema, Sampling);
        Context.Model.Save(
            t.Conversion.MapValueToKey("Class").Append(features)
                .Append(Context.MulticlassClassification.Trainers.VariationalDropout("Class", hiddenLayerSizes: Hidden, numberOfIterations: Iterations))
                .Append(t.Conversion.MapKeyToValue("PredictedLabel")).Fit(rows),
            rows.Schema,
            Multiclass);
        Context.Model.Save(features.Fit(rows), rows.Schema, Featurizer);
        Context.Model.Save(t.Text.FeaturizeText("Words", "District").Fit(rows), rows.Schema, Unexportable);
        Context.Model.Save(t.Categorical.OneHotHashEncoding("Words", "District", numberOfBits: 3).Fit(rows), rows.Schema, Hashed);
        File.WriteAllText(Data, House.ToCsv(Rows));
    }

    [AssemblyCleanup]
    public static void Delete() => Directory.Delete(_folder, recursive: true);

    private static string Get(string name) => Path.Combine(_folder, name);
}
