using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The allowed values of the options: one table of ranges and the few combinations that make no sense.</summary>
internal static class OptionsValidation
{
    private const int MaximumLayers = 64;
    private const int MaximumUnits = 1 << 16;
    private const long MaximumMatrixSize = 1 << 30;

    private static readonly Range[] Ranges =
    [
        new(nameof(VariationalDropoutOptions.InitialInputDropoutRate), o => o.InitialInputDropoutRate, "(0, 1)"),
        new(nameof(VariationalDropoutOptions.InitialHiddenDropoutRate), o => o.InitialHiddenDropoutRate, "(0, 1)"),
        new(nameof(VariationalDropoutOptions.MinimumDropoutVariance), o => o.MinimumDropoutVariance, "[1E-10, 1E+10]"),
        new(nameof(VariationalDropoutOptions.MaximumDropoutVariance), o => o.MaximumDropoutVariance, "[1E-10, 1E+10]"),
        new(nameof(VariationalDropoutOptions.PriorVariance), o => o.PriorVariance ?? 1, "[1E-10, 1E+10]"),
        new(nameof(VariationalDropoutOptions.KullbackLeiblerScale), o => o.KullbackLeiblerScale, "[0, 1000000]"),
        new(nameof(VariationalDropoutOptions.KullbackLeiblerWarmUpIterations), o => o.KullbackLeiblerWarmUpIterations ?? 0, "[0, 2147483647]"),
        new(nameof(VariationalDropoutOptions.KullbackLeiblerWarmUpStart), o => o.KullbackLeiblerWarmUpStart, "[0, 2147483647]"),
        new(nameof(VariationalDropoutOptions.NumberOfIterations), o => o.NumberOfIterations ?? 1, "[1, 2147483647]"),
        new(nameof(VariationalDropoutOptions.BatchSize), o => o.BatchSize ?? 1, "[1, 1048576]"),
        new(nameof(VariationalDropoutOptions.LearningRate), o => o.LearningRate, "[1E-10, 10]"),
        new(nameof(VariationalDropoutOptions.Beta1), o => o.Beta1, "[0, 1)"),
        new(nameof(VariationalDropoutOptions.Beta2), o => o.Beta2, "[0, 1)"),
        new(nameof(VariationalDropoutOptions.Epsilon), o => o.Epsilon, "[1E-12, 1]"),
        new(nameof(VariationalDropoutOptions.WeightDecay), o => o.WeightDecay, "[0, 1000]"),
        new(nameof(VariationalDropoutRegressionOptions.HeteroscedasticBeta), o => (o as VariationalDropoutRegressionOptions)?.HeteroscedasticBeta ?? 0, "[0, 1]"),
        new(nameof(VariationalDropoutOptions.OutlierThreshold), o => o.OutlierThreshold, "[0.1, 1000000]", orZero: true),
        new(nameof(VariationalDropoutOptions.MaximumBinCountPerFeature), o => o.MaximumBinCountPerFeature ?? 0, "[2, 1024]", orZero: true),
        new(nameof(VariationalDropoutOptions.ValidationSetFraction), o => o.ValidationSetFraction, "[0, 1)"),
        new(nameof(VariationalDropoutOptions.EarlyStoppingPatience), o => o.EarlyStoppingPatience, "[0, 2147483647]"),
        new(nameof(VariationalDropoutOptions.NumberOfThreads), o => o.NumberOfThreads ?? 1, "[1, 1024]"),
        new(nameof(VariationalDropoutOptions.MemoryBudgetMegabytes), o => o.MemoryBudgetMegabytes ?? 1, "[1, 2147483647]"),
    ];

    /// <summary>The options that have a numeric range, for tests that try both sides of every bound.</summary>
    public static IEnumerable<(string Option, string Interval, double Minimum, bool MinimumAllowed, double Maximum, bool MaximumAllowed)> NumericOptions
        => Ranges.Select(range => (range.Option, range.Interval, range.Minimum, range.MinimumAllowed, range.Maximum, range.MaximumAllowed));

    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    public static void Check(VariationalDropoutOptions options)
    {
        foreach (Range range in Ranges)
        {
            double value = range.Value(options);
            if (!range.Contains(value))
                throw OutOfRange(range.Option, value.ToString(CultureInfo.InvariantCulture), range.Interval, value);
        }

        CheckEnum(nameof(options.Activation), options.Activation);
        CheckEnum(nameof(options.Posterior), options.ResolvedPosterior);
        CheckEnum(nameof(options.DropoutVarianceSharing), options.ResolvedSharing);
        CheckEnum(nameof(options.Prior), options.ResolvedPrior);
        CheckEnum(nameof(options.GradientEstimator), options.ResolvedEstimator);
        CheckEnum(nameof(options.KullbackLeiblerForm), options.KullbackLeiblerForm);
        CheckEnum(nameof(options.LearningRateSchedule), options.LearningRateSchedule);
        CheckHiddenLayers(options.HiddenLayerSizes);
        if (string.IsNullOrWhiteSpace(options.CheckpointFile ?? "none"))
            throw new ArgumentException($"CheckpointFile is '{options.CheckpointFile}'; allowed is the path of a file, or null for none.");
        CheckCombinations(options);
    }

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is outside of the range.</exception>
    public static void CheckRange(string option, int value, int minimum, int maximum)
    {
        if (value < minimum || value > maximum)
            throw OutOfRange(option, value.ToString(CultureInfo.InvariantCulture), FormattableString.Invariant($"[{minimum}, {maximum}]"), value);
    }

    /// <summary>Refuses layers that no array can hold, now that their inputs and outputs are known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A layer has too many weights, or a minibatch too many activations.</exception>
    public static void CheckSizes(VariationalDropoutOptions options, TrainingSet training, int outputSize)
    {
        int featureCount = training.FeatureCount, rows = training.RowCount;
        int[] hidden = options.HiddenLayerSizes;
        int[] units = [featureCount, .. hidden, outputSize];
        for (int layer = 0; layer + 1 < units.Length; layer++)
        {
            long weights = (long)units[layer] * units[layer + 1];
            if (weights > MaximumMatrixSize)
            {
                throw OutOfRange(
                    nameof(options.HiddenLayerSizes),
                    FormattableString.Invariant($"[{string.Join(", ", hidden)}], which with {featureCount} features and {outputSize} outputs makes {weights} weights in layer {layer}"),
                    FormattableString.Invariant($"at most {MaximumMatrixSize} in a layer"),
                    hidden);
            }
        }

        // Sparse rows stay sparse: there is no matrix of their features.
        int widest = units.Skip(training.IsSparse ? 1 : 0).Max();
        int batchSize = TrainingLength.BatchSize(options, rows);
        long activations = (long)Math.Min(batchSize, rows) * widest;
        if (activations > MaximumMatrixSize)
        {
            throw OutOfRange(
                nameof(options.BatchSize),
                FormattableString.Invariant($"{batchSize}, which with {widest} units in the widest layer makes {activations} activations"),
                FormattableString.Invariant($"at most {MaximumMatrixSize}"),
                batchSize);
        }
    }

    /// <summary>Inputs, if there are more than features, with which the network still passes <see cref="CheckSizes"/>.</summary>
    public static long MostInputs(VariationalDropoutOptions options, int rows, int outputSize)
        => MaximumMatrixSize / Math.Max(options.HiddenLayerSizes is [int first, ..] ? first : outputSize, Math.Min(TrainingLength.BatchSize(options, rows), rows));

    /// <returns><paramref name="name"/>, when it can be a column's name.</returns>
    /// <exception cref="ArgumentException">It is null or empty.</exception>
    public static string CheckColumnName(string option, string? name)
        => string.IsNullOrEmpty(name) ? throw new ArgumentException($"{option} is {(name is null ? "null" : "empty")}; allowed is the name of a column.", option) : name;

    private static void CheckHiddenLayers(int[]? sizes)
    {
        const string name = nameof(VariationalDropoutOptions.HiddenLayerSizes);
        if (sizes is null)
            throw OutOfRange(name, "null", "an array, empty for a linear model", null);
        if (sizes.Length > MaximumLayers)
            throw OutOfRange($"{name}.Length", sizes.Length.ToString(CultureInfo.InvariantCulture), $"[0, {MaximumLayers}]", sizes.Length);
        for (int layer = 0; layer < sizes.Length; layer++)
            CheckRange($"{name}[{layer}]", sizes[layer], 1, MaximumUnits);
    }

    private static void CheckEnum<T>(string option, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw OutOfRange(option, value.ToString(), string.Join(", ", Enum.GetNames<T>()), value);
    }

    private static void CheckCombinations(VariationalDropoutOptions options)
    {
        if (options.MinimumDropoutVariance > options.MaximumDropoutVariance)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"MinimumDropoutVariance is {options.MinimumDropoutVariance}, above MaximumDropoutVariance, which is {options.MaximumDropoutVariance}; lower the one or raise the other."));
        }

        if (options.KullbackLeiblerWarmUpStart > (options.KullbackLeiblerWarmUpIterations ?? 0))
        {
            throw new ArgumentException(
                $"KullbackLeiblerWarmUpStart is {options.KullbackLeiblerWarmUpStart}, above KullbackLeiblerWarmUpIterations, which is {options.KullbackLeiblerWarmUpIterations?.ToString(CultureInfo.InvariantCulture) ?? "left out"}; lower the one or raise the other.");
        }

        if (options.LearningRate * options.WeightDecay >= 1)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"LearningRate × WeightDecay is {options.LearningRate} × {options.WeightDecay}, and a step would take all of a weight off; allowed is a product below 1."));
        }

        if (Combinations.Refuse(options.ResolvedPosterior, options.ResolvedPrior, options.ResolvedSharing, options.ResolvedEstimator) is { } refusal)
            throw new ArgumentException(refusal.Message);

        if (options.PriorVariance is double variance && options.ResolvedPrior != WeightPrior.Gaussian)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"PriorVariance is {variance}, but the prior {options.ResolvedPrior} has no variance to give: leave PriorVariance out, or choose the posterior and the prior Gaussian."));
        }

        if (options.KullbackLeiblerForm != KullbackLeiblerForm.Exact
            && (options.ResolvedPrior != WeightPrior.LogUniform || options.ResolvedPosterior == WeightPosterior.Gaussian))
        {
            throw new ArgumentException(
                $"KullbackLeiblerForm.{options.KullbackLeiblerForm} approximates the divergence of multiplicative noise from the log-uniform prior; for the posterior {options.ResolvedPosterior} with the prior {options.ResolvedPrior} choose KullbackLeiblerForm.Exact.");
        }

        if (options.KullbackLeiblerForm == KullbackLeiblerForm.Polynomial && options.MaximumDropoutVariance > 1)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"KullbackLeiblerForm.Polynomial holds for dropout variances up to 1, and MaximumDropoutVariance is {options.MaximumDropoutVariance}: choose KullbackLeiblerForm.Exact or Sigmoid, or a bound of at most 1."));
        }
    }

    public static ArgumentOutOfRangeException OutOfRange(string option, string value, string allowed, object? actual)
        => new(option, actual, $"{option} is {value}; allowed is {allowed}.");

    /// <summary>An interval in the usual notation: a square bracket includes the bound, a round one excludes it.</summary>
    private sealed class Range
    {
        public Range(string option, Func<VariationalDropoutOptions, double> value, string interval, bool orZero = false)
        {
            Option = option;
            Value = value;
            Interval = orZero ? $"0 or {interval}" : interval;
            ZeroAllowed = orZero;
            string[] bounds = interval[1..^1].Split(", ");
            Minimum = double.Parse(bounds[0], CultureInfo.InvariantCulture);
            Maximum = double.Parse(bounds[1], CultureInfo.InvariantCulture);
            MinimumAllowed = interval[0] == '[';
            MaximumAllowed = interval[^1] == ']';
        }

        public string Option { get; }

        public Func<VariationalDropoutOptions, double> Value { get; }

        public string Interval { get; }

        public double Minimum { get; }

        public double Maximum { get; }

        public bool MinimumAllowed { get; }

        public bool MaximumAllowed { get; }

        /// <summary>Whether 0 is allowed although it is outside: it turns something off.</summary>
        public bool ZeroAllowed { get; }

        /// <summary>False for NaN too: every comparison with it fails.</summary>
        public bool Contains(double value)
            => (ZeroAllowed && value == 0) || ((MinimumAllowed ? value >= Minimum : value > Minimum) && (MaximumAllowed ? value <= Maximum : value < Maximum));
    }
}
