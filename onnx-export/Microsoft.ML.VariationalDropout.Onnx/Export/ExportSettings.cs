using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>The options of an export, checked, with the defaults in place that do not depend on the model.</summary>
internal sealed class ExportSettings
{
    private const int LowestOpset = 9;

    // The first version that has DequantizeLinear.
    private const int LowestInt8Opset = 10;

    /// <summary>The draws of a batch are in memory at once.</summary>
    private const int MaximumSamples = 10_000;

    private readonly OnnxExportOptions _options;

    private ExportSettings(OnnxExportOptions options, bool isNetwork)
    {
        _options = options;
        IsNetwork = isNetwork;
        Opset = options.Opset ?? HighestOpset(isNetwork);
    }

    /// <summary>Whether a network alone is written, not a pipeline.</summary>
    public bool IsNetwork { get; }

    public int Opset { get; }

    public OnnxPrecision Precision => _options.Precision;

    public OnnxGraphKind? GraphKind => _options.GraphKind;

    public IReadOnlyList<string>? OutputColumns => _options.OutputColumns;

    public bool AllowApproximateTextHashing => _options.AllowApproximateTextHashing;

    public bool Verify => _options.Verify;

    /// <summary>The same with the graph that a transformer's own mode has.</summary>
    public ExportSettings WithoutGraph => new(new OnnxExportOptions { Precision = Precision, Opset = Opset }, IsNetwork);

    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    /// <exception cref="ArgumentException">Two options exclude each other.</exception>
    public static ExportSettings ForPipeline(OnnxExportOptions? options)
    {
        ExportSettings settings = Check(options, isNetwork: false);
        if (settings.Precision != OnnxPrecision.Float32)
        {
            throw new ArgumentException(
                $"{nameof(OnnxExportOptions.Precision)} is {settings.Precision}; a pipeline is exported in {OnnxPrecision.Float32}: export the network alone, with ExportNetworkToOnnx.",
                nameof(options));
        }

        return settings;
    }

    /// <inheritdoc cref="ForPipeline"/>
    public static ExportSettings ForNetwork(OnnxExportOptions? options)
    {
        ExportSettings settings = Check(options, isNetwork: true);
        if (settings.Precision == OnnxPrecision.Int8Weights && settings.Opset < LowestInt8Opset)
            throw OutOfRange(nameof(options.Opset), settings.Opset, $"[{LowestInt8Opset}, {OnnxModelContext.NetworkOpset}] with {settings.Precision}");
        return settings;
    }

    public string NameOf(string column) => _options.OutputNames?.GetValueOrDefault(column) ?? column + ".output";

    /// <summary>The graph of one of this library's transformers.</summary>
    public NetworkGraph GraphOf(PredictionMode mode, int samples, int seed)
    {
        OnnxGraphKind kind = GraphKind ?? mode switch
        {
            PredictionMode.MomentPropagation => OnnxGraphKind.Moments,
            PredictionMode.Sampling => OnnxGraphKind.FrozenSamples,
            _ => OnnxGraphKind.PosteriorMean,
        };
        if (kind is OnnxGraphKind.PosteriorMean or OnnxGraphKind.Moments)
            CheckUnused($"is set, but the transformer draws nothing: set {nameof(OnnxExportOptions.GraphKind)} too");
        int draws = _options.NumberOfSamples ?? (samples > 0 ? samples : Defaults.Samples);
        if (kind is OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling && draws > MaximumSamples)
            throw Invalid(nameof(OnnxExportOptions.NumberOfSamples), $"is not set, and the transformer draws {draws} times; a graph has [1, {MaximumSamples}] draws");
        return kind switch
        {
            OnnxGraphKind.Moments => NetworkGraph.Moments,
            OnnxGraphKind.FrozenSamples => NetworkGraph.FrozenSamples(draws, unchecked((uint)(_options.Seed ?? seed))),
            OnnxGraphKind.Sampling => NetworkGraph.Sampling(draws),
            _ => NetworkGraph.PosteriorMean,
        };
    }

    /// <param name="hasMoments">Whether a network in the graph carries moments.</param>
    public float Tolerance(bool hasMoments) => _options.VerificationTolerance ?? Precision switch
    {
        OnnxPrecision.Float16 => 2e-3f,
        OnnxPrecision.Int8Weights => 0.1f,
        _ => hasMoments ? 1e-4f : 1e-5f,
    };

    /// <summary>Refuses columns that the options name and the outputs are not among.</summary>
    public void CheckOutputs(IReadOnlyCollection<string> columns)
    {
        foreach (string column in _options.OutputNames?.Keys ?? [])
        {
            if (!columns.Contains(column))
                throw Invalid(nameof(OnnxExportOptions.OutputNames), $"names the column '{column}', which is none of the outputs: {List(columns)}");
        }

        string[] names = [.. columns.Select(NameOf)];
        if (names.FirstOrDefault(string.IsNullOrEmpty) is not null)
            throw Invalid(nameof(OnnxExportOptions.OutputNames), "has an empty name");
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is IGrouping<string, string> twice)
            throw Invalid(nameof(OnnxExportOptions.OutputNames), $"gives two outputs the name '{twice.Key}'");
    }

    /// <summary>Refuses outputs that are named as inputs are.</summary>
    /// <param name="columns">Columns that are outputs.</param>
    /// <param name="inputs">Names of the inputs that the graph has.</param>
    public void CheckInputs(IEnumerable<string> columns, IReadOnlyCollection<string> inputs)
    {
        if (columns.FirstOrDefault(column => inputs.Contains(NameOf(column))) is not string same)
            return;
        throw Invalid(nameof(OnnxExportOptions.OutputNames), _options.OutputNames?.ContainsKey(same) == true
            ? $"gives the column '{same}' the name '{NameOf(same)}', which an input of the graph has"
            : $"gives the column '{same}' no name, and '{NameOf(same)}' is that of an input of the graph: set {nameof(OnnxExportOptions.OutputNames)}, with another name for '{same}'");
    }

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    public static ArgumentException Invalid(string option, string problem) => new($"{option} {problem}.", option);

    private static int HighestOpset(bool isNetwork) => isNetwork ? OnnxModelContext.NetworkOpset : OnnxModelContext.PipelineOpset;

    private static ExportSettings Check(OnnxExportOptions? options, bool isNetwork)
    {
        options ??= new OnnxExportOptions();
        int highestOpset = HighestOpset(isNetwork);
        if (options.GraphKind is OnnxGraphKind kind && !Enum.IsDefined(kind))
            throw OutOfRange(nameof(options.GraphKind), (int)kind, "a value of " + nameof(OnnxGraphKind));
        if (!Enum.IsDefined(options.Precision))
            throw OutOfRange(nameof(options.Precision), (int)options.Precision, "a value of " + nameof(OnnxPrecision));
        if (options.Opset is int opset && (opset < LowestOpset || opset > highestOpset))
            throw OutOfRange(nameof(options.Opset), opset, $"[{LowestOpset}, {highestOpset}]");
        if (options.NumberOfSamples is int samples && samples is < 1 or > MaximumSamples)
            throw OutOfRange(nameof(options.NumberOfSamples), samples, $"[1, {MaximumSamples}]");
        if (options.VerificationTolerance is float tolerance && tolerance is not (> 0 and <= 1))
            throw OutOfRange(nameof(options.VerificationTolerance), tolerance, "(0, 1]");
        if (options.GraphKind is OnnxGraphKind.PosteriorMean or OnnxGraphKind.Moments && options.NumberOfSamples is int unused)
            throw Invalid(nameof(options.NumberOfSamples), $"is {unused}, but the graph kind {options.GraphKind} draws nothing");
        if (options.GraphKind is not (null or OnnxGraphKind.FrozenSamples) && options.Seed is int seed)
            throw Invalid(nameof(options.Seed), $"is {seed}, but the graph kind {options.GraphKind} has no seed: {OnnxGraphKind.FrozenSamples} has");
        if (options.OutputColumns is { Count: 0 })
            throw Invalid(nameof(options.OutputColumns), "is empty: a graph has an output");
        if (options.OutputColumns?.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is IGrouping<string, string> twice)
            throw Invalid(nameof(options.OutputColumns), $"has '{twice.Key}' twice");
        return new ExportSettings(options, isNetwork);
    }

    private static ArgumentOutOfRangeException OutOfRange<T>(string option, T value, string range)
        where T : IFormattable
        => OptionsValidation.OutOfRange(option, value.ToString(null, CultureInfo.InvariantCulture), range, value);

    private void CheckUnused(string problem)
    {
        if (_options.NumberOfSamples is not null)
            throw Invalid(nameof(OnnxExportOptions.NumberOfSamples), problem);
        if (_options.Seed is not null)
            throw Invalid(nameof(OnnxExportOptions.Seed), problem);
    }
}
