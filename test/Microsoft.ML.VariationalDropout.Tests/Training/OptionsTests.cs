using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

[TestClass]
public sealed class OptionsTests
{
    public static IEnumerable<object[]> NumericOptions()
        => OptionsValidation.NumericOptions.Select(range => new object[] { range.Option, range.Minimum, range.MinimumAllowed, range.Maximum, range.MaximumAllowed });

    [TestMethod]
    [DynamicData(nameof(NumericOptions))]
    public void A_number_out_of_range_is_refused_with_its_name_value_and_range(string option, double minimum, bool minimumAllowed, double maximum, bool maximumAllowed)
    {
        Assert.AreEqual(minimumAllowed, IsAccepted(option, minimum), "at the lower bound");
        if (option != nameof(VariationalDropoutOptions.MinimumDropoutVariance))
            Assert.AreEqual(maximumAllowed, IsAccepted(option, maximum), "at the upper bound");
        ExpectRefusal(option, minimum == 0 ? -1 : minimum < 1e-3 ? 0 : minimum - 1);
        if (maximum < int.MaxValue)
            ExpectRefusal(option, maximum + Math.Max(1, maximum));
        if (typeof(VariationalDropoutRegressionOptions).GetProperty(option)!.PropertyType == typeof(double))
            ExpectRefusal(option, double.NaN);
    }

    [TestMethod]
    [DataRow(0, true)]
    [DataRow(0.1, true)]
    [DataRow(0.099, false)]
    [DataRow(1e-300, false)]
    [DataRow(-0.1, false)]
    [DataRow(1.001e6, false)]
    public void Outliers_are_compressed_never_or_beyond_a_threshold_in_its_range(double threshold, bool accepted)
    {
        Assert.AreEqual(accepted, IsAccepted(nameof(VariationalDropoutOptions.OutlierThreshold), threshold));
        if (!accepted)
        {
            StringAssert.StartsWith(
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => options.OutlierThreshold = threshold)).Message,
                FormattableString.Invariant($"OutlierThreshold is {threshold}; allowed is 0 or [0.1, 1000000]."),
                StringComparison.Ordinal);
        }
    }

    /// <summary>Written out once more, as documented: the table itself may not be the measure of the table.</summary>
    [TestMethod]
    public void The_ranges_are_the_documented_ones()
    {
        string[] expected =
        [
            "InitialInputDropoutRate (0, 1)", "InitialHiddenDropoutRate (0, 1)", "MinimumDropoutVariance [1E-10, 1E+10]", "MaximumDropoutVariance [1E-10, 1E+10]",
            "PriorVariance [1E-10, 1E+10]", "KullbackLeiblerScale [0, 1000000]", "KullbackLeiblerWarmUpIterations [0, 2147483647]", "KullbackLeiblerWarmUpStart [0, 2147483647]", "NumberOfIterations [1, 2147483647]", "BatchSize [1, 1048576]",
            "LearningRate [1E-10, 10]", "Beta1 [0, 1)", "Beta2 [0, 1)", "Epsilon [1E-12, 1]", "WeightDecay [0, 1000]", "HeteroscedasticBeta [0, 1]", "OutlierThreshold 0 or [0.1, 1000000]", "MaximumBinCountPerFeature 0 or [2, 1024]", "ValidationSetFraction [0, 1)", "EarlyStoppingPatience [0, 2147483647]",
            "NumberOfThreads [1, 1024]", "MemoryBudgetMegabytes [1, 2147483647]",
        ];
        CollectionAssert.AreEqual(expected, OptionsValidation.NumericOptions.Select(range => $"{range.Option} {range.Interval}").ToArray());
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => options.LearningRate = 11));
        StringAssert.StartsWith(exception.Message, "LearningRate is 11; allowed is [1E-10, 10].", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Empty_column_names_and_layers_that_no_array_holds_are_refused_by_name()
    {
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Create(options => options.FeatureColumnName = "")).Message, "FeatureColumnName is empty; allowed is the name of a column.", StringComparison.Ordinal);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Create(options => options.ExampleWeightColumnName = "")).Message, "ExampleWeightColumnName is empty; allowed is the name of a column.", StringComparison.Ordinal);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Create(options => options.LabelColumnName = null!)).Message, "LabelColumnName is null; allowed is the name of a column.", StringComparison.Ordinal);

        var options = new VariationalDropoutMulticlassTrainer.Options { HiddenLayerSizes = [65536, 65536] };
        StringAssert.StartsWith(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionsValidation.CheckSizes(options, Set(100), 3)).Message,
            "HiddenLayerSizes is [65536, 65536], which with 10 features and 3 outputs makes 4294967296 weights in layer 1; allowed is at most 1073741824 in a layer.",
            StringComparison.Ordinal);
        options = new VariationalDropoutMulticlassTrainer.Options { HiddenLayerSizes = [4096], BatchSize = 1 << 20 };
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OptionsValidation.CheckSizes(options, Set(1 << 20), 3)).Message, "BatchSize is 1048576, which", StringComparison.Ordinal);
        OptionsValidation.CheckSizes(options, Set(100), 3);
    }

    [TestMethod]
    public void Every_numeric_option_is_in_the_table()
    {
        string[] numeric =
        [
            .. new[] { typeof(VariationalDropoutRegressionOptions), typeof(VariationalDropoutClassificationOptions) }.SelectMany(type => type.GetProperties())
                .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is { IsEnum: false } type && (type == typeof(int) || type == typeof(double)))
                .Select(property => property.Name)
                .Where(name => name != nameof(VariationalDropoutOptions.Seed))
                .Distinct(),
        ];
        CollectionAssert.AreEquivalent(numeric, OptionsValidation.NumericOptions.Select(range => range.Option).ToArray());
    }

    [TestMethod]
    [DataRow(nameof(VariationalDropoutOptions.Activation))]
    [DataRow(nameof(VariationalDropoutOptions.Posterior))]
    [DataRow(nameof(VariationalDropoutOptions.DropoutVarianceSharing))]
    [DataRow(nameof(VariationalDropoutOptions.Prior))]
    [DataRow(nameof(VariationalDropoutOptions.GradientEstimator))]
    [DataRow(nameof(VariationalDropoutOptions.KullbackLeiblerForm))]
    [DataRow(nameof(VariationalDropoutOptions.LearningRateSchedule))]
    public void An_unknown_enum_value_is_refused(string option)
    {
        var property = typeof(VariationalDropoutOptions).GetProperty(option)!;
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => property.SetValue(options, Enum.ToObject(type, 99))));
        StringAssert.Contains(exception.Message, $"{option} is 99; allowed is {Enum.GetNames(type)[0]}", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Hidden_layers_of_no_unit_and_null_are_refused()
    {
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => options.HiddenLayerSizes = [4, 0]));
        StringAssert.Contains(exception.Message, "HiddenLayerSizes[1] is 0; allowed is [1, 65536].", StringComparison.Ordinal);
        exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => options.HiddenLayerSizes = new int[65]));
        StringAssert.Contains(exception.Message, "HiddenLayerSizes.Length is 65; allowed is [0, 64].", StringComparison.Ordinal);
        exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create(options => options.HiddenLayerSizes = null!));
        StringAssert.Contains(exception.Message, "HiddenLayerSizes is null", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(DropoutVarianceSharing.OutputUnit)]
    [DataRow(DropoutVarianceSharing.Weight)]
    public void Correlated_noise_refuses_sharings_that_are_not_per_input(DropoutVarianceSharing sharing)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Create(options => (options.Posterior, options.DropoutVarianceSharing) = (WeightPosterior.CorrelatedWeightNoise, sharing)));
        StringAssert.Contains(exception.Message, "choose DropoutVarianceSharing Layer or InputUnit, or the posterior IndependentWeightNoise", StringComparison.Ordinal);
        Create(options => (options.Posterior, options.DropoutVarianceSharing) = (WeightPosterior.IndependentWeightNoise, sharing));
    }

    [TestMethod]
    public void The_polynomial_refuses_a_bound_above_one_and_bounds_must_be_in_order()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(
            () => Create(options => (options.Posterior, options.KullbackLeiblerForm, options.MaximumDropoutVariance) = (WeightPosterior.CorrelatedWeightNoise, KullbackLeiblerForm.Polynomial, 2)));
        StringAssert.Contains(exception.Message, "choose KullbackLeiblerForm.Exact or Sigmoid", StringComparison.Ordinal);
        exception = Assert.ThrowsExactly<ArgumentException>(() => Create(options => options.MinimumDropoutVariance = 2));
        StringAssert.Contains(exception.Message, "MinimumDropoutVariance is 2, above MaximumDropoutVariance, which is 1", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_step_may_not_take_all_of_a_weight_off()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => Create(options => (options.LearningRate, options.WeightDecay) = (0.01, 100)));
        StringAssert.Contains(exception.Message, "LearningRate × WeightDecay is 0.01 × 100", StringComparison.Ordinal);
    }

    [TestMethod]
    public void A_trainer_does_not_see_later_changes_of_its_options()
    {
        var context = new MLContext(1);
        var options = TestData.SmallOptions();
        var trainer = context.MulticlassClassification.Trainers.VariationalDropout(options);
        options.HiddenLayerSizes[0] = 3;
        options.NumberOfIterations = 0;
        CollectionAssert.AreEqual(new[] { 8 }, trainer.Fit(TestData.Load(context, TestData.Rows(60))).Model.HiddenLayerSizes.ToArray());
    }

    [TestMethod]
    public void Options_survive_json_column_names_and_enums_included()
    {
        var options = new VariationalDropoutMulticlassTrainer.Options
        {
            LabelColumnName = "Y",
            FeatureColumnName = "X",
            ExampleWeightColumnName = "W",
            HiddenLayerSizes = [7, 5],
            Activation = Activation.Silu,
            Posterior = WeightPosterior.IndependentWeightNoise,
            DropoutVarianceSharing = DropoutVarianceSharing.Weight,
            LearningRate = 0.5,
            Seed = 9,
            NumberOfThreads = 3,
            Progress = new Progress<TrainingProgress>(),
            CancellationToken = new CancellationToken(true),
        };
        var settings = new JsonSerializerOptions { Converters = { new JsonStringEnumConverter() } };
        string json = JsonSerializer.Serialize(options, settings);
        var copy = JsonSerializer.Deserialize<VariationalDropoutMulticlassTrainer.Options>(json, settings)!;
        Assert.AreEqual(json, JsonSerializer.Serialize(copy, settings));
        Assert.AreEqual("Y", ((TrainerInputBaseWithLabel)copy).LabelColumnName);
        Assert.AreEqual("X", ((TrainerInputBase)copy).FeatureColumnName);
        Assert.AreEqual("W", ((TrainerInputBaseWithWeight)copy).ExampleWeightColumnName);
        CollectionAssert.AreEqual(new[] { 7, 5 }, copy.HiddenLayerSizes);
        Assert.AreEqual(DropoutVarianceSharing.Weight, copy.DropoutVarianceSharing);
        Assert.IsNull(copy.Progress);
        Assert.IsFalse(copy.CancellationToken.IsCancellationRequested);
    }

    [TestMethod]
    [DataRow(typeof(VariationalDropoutBinaryTrainer.Options))]
    [DataRow(typeof(VariationalDropoutMulticlassTrainer.Options))]
    [DataRow(typeof(VariationalDropoutRegressionTrainer.Options))]
    [DataRow(typeof(VariationalDropoutMultiTargetRegressionTrainer.Options))]
    public void Every_tasks_own_options_survive_json(Type type)
    {
        object options = Activator.CreateInstance(type)!;
        PropertyInfo own = type.BaseType!.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Single(property => property.PropertyType == typeof(bool));
        bool other = !(bool)own.GetValue(options)!;
        own.SetValue(options, other);
        object copy = JsonSerializer.Deserialize(JsonSerializer.Serialize(options, type), type)!;
        Assert.AreEqual(other, own.GetValue(copy));
        Assert.AreEqual(own.Name == nameof(VariationalDropoutRegressionOptions.HeteroscedasticNoise), !other, "the default");
    }

    [TestMethod]
    public void A_catalog_options_or_data_that_are_null_are_named()
    {
        var context = new MLContext(1);
        Assert.AreEqual("options", Assert.ThrowsExactly<ArgumentNullException>(() => context.Regression.Trainers.VariationalDropout(null!)).ParamName);
        Assert.AreEqual("catalog", Assert.ThrowsExactly<ArgumentNullException>(() => VariationalDropoutCatalog.VariationalDropout(null!, new VariationalDropoutBinaryTrainer.Options())).ParamName);
        Assert.AreEqual("data", Assert.ThrowsExactly<ArgumentNullException>(() => context.Regression.EvaluateMultiTarget(null!)).ParamName);
    }

    /// <summary>
    /// What AutoML does with options (its package is not referenced): it reads the ranges, puts swept values into a JSON object beside
    /// the defaults, with enums as text, and deserialises that.
    /// </summary>
    [TestMethod]
    public void AutoML_can_sweep_the_options()
    {
        var settings = new JsonSerializerOptions { Converters = { new JsonStringEnumConverter() } };
        var swept = typeof(VariationalDropoutMulticlassTrainer.Options).GetProperties()
            .Select(property => (Property: property, Range: property.GetCustomAttribute<SearchSpace.RangeAttribute>()))
            .Where(pair => pair.Range is not null)
            .ToArray();
        CollectionAssert.IsSubsetOf(
            new[] { nameof(VariationalDropoutOptions.LearningRate), nameof(VariationalDropoutOptions.KullbackLeiblerScale) },
            swept.Select(pair => pair.Property.Name).ToArray());

        var defaults = new VariationalDropoutMulticlassTrainer.Options { LabelColumnName = "Y", HiddenLayerSizes = [9], Activation = Activation.Gelu };
        foreach (var (property, range) in swept)
        {
            Assert.AreEqual(property.PropertyType, range!.Min.GetType(), property.Name);
            Assert.AreEqual(property.GetValue(defaults), range.Init, property.Name);
            foreach (object value in new[] { range.Min, range.Max })
            {
                JsonObject json = JsonSerializer.SerializeToNode(defaults, settings)!.AsObject();
                json[property.Name] = JsonSerializer.SerializeToNode(value, value.GetType(), settings);
                var options = json.Deserialize<VariationalDropoutMulticlassTrainer.Options>(settings)!;
                Assert.AreEqual(value, property.GetValue(options));
                Assert.AreEqual("Y", options.LabelColumnName);
                Assert.AreEqual(Activation.Gelu, options.Activation);
                CollectionAssert.AreEqual(new[] { 9 }, options.HiddenLayerSizes);
                new MLContext(1).MulticlassClassification.Trainers.VariationalDropout(options);
            }
        }
    }

    private static VariationalDropoutMulticlassTrainer Create(Action<VariationalDropoutMulticlassTrainer.Options> change)
    {
        var options = new VariationalDropoutMulticlassTrainer.Options();
        change(options);
        return new MLContext(1).MulticlassClassification.Trainers.VariationalDropout(options);
    }

    private static VariationalDropout.Data.TrainingSet Set(int rows)
    {
        var result = new VariationalDropout.Data.TrainingSet(10);
        for (int row = 0; row < rows; row++)
            result.Add(0, 1);
        return result;
    }

    /// <summary>A regression has every option with a numeric range.</summary>
    private static void CreateWith(string option, double value)
    {
        var property = typeof(VariationalDropoutRegressionOptions).GetProperty(option)!;
        bool isInteger = (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(int);
        var options = new VariationalDropoutRegressionTrainer.Options();
        property.SetValue(options, isInteger ? (object)(int)value : value);
        new MLContext(1).Regression.Trainers.VariationalDropout(options);
    }

    private static bool IsAccepted(string option, double value)
    {
        try
        {
            CreateWith(option, value);
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            return false;
        }
        catch (ArgumentException)
        {
            // Within its own range, but not together with the other bound.
            return true;
        }
    }

    private static void ExpectRefusal(string option, double value)
    {
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => CreateWith(option, value));
        Assert.AreEqual(option, exception.ParamName);
        StringAssert.Contains(exception.Message, $"{option} is {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}; allowed is ", StringComparison.Ordinal);
    }
}
