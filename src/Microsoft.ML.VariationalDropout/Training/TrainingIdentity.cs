using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>All that the bits of a training depend on, but its seed, by name: a checkpoint belongs to the training that has the same.</summary>
internal static class TrainingIdentity
{
    /// <summary>What the result does not depend on, and what is not text.</summary>
    private static readonly string[] LeftOut = [nameof(TrainingSettings.NumberOfThreads), nameof(TrainingSettings.Seed), nameof(TrainingSettings.Architecture)];

    /// <summary>Settings whose options have other names.</summary>
    private static readonly Dictionary<string, string> OptionNames = new()
    {
        [nameof(TrainingSettings.Estimator)] = nameof(VariationalDropoutOptions.GradientEstimator),
        [nameof(TrainingSettings.BalanceClasses)] = nameof(VariationalDropoutClassificationOptions.UnbalancedSets),
        [nameof(TrainingSettings.ScalesSparseFeaturesTogether)] = $"how sparse features are scaled (of {nameof(VariationalDropoutOptions.StandardizeFeatures)})",
        [nameof(TrainingSettings.Bins)] = nameof(VariationalDropoutOptions.MaximumBinCountPerFeature),
        [nameof(NetworkArchitecture.Sharing)] = nameof(VariationalDropoutOptions.DropoutVarianceSharing),
        [nameof(NetworkArchitecture.InputSize)] = "the number of features",
        [nameof(NetworkArchitecture.OutputSize)] = "the number of outputs",
        [nameof(NetworkArchitecture.Likelihood)] = "the likelihood (of the task, and of HeteroscedasticNoise)",
        [nameof(NetworkArchitecture.HasSparseInputs)] = "whether features are held sparse",
    };

    /// <summary>What is cheap to explain comes before the content of the rows.</summary>
    public static IReadOnlyList<(string Name, string Value)> Describe(
        TrainingSettings settings, KernelPath path, TrainingSet training, TrainingSet? validation, TrainedNetwork? previous)
        =>
        [
            ("the library's version", LibraryVersion()),
            ("the kernel path", path == KernelPath.Portable ? $"{path} of {Vector<byte>.Count} bytes" : $"{path}"),
            .. Values(settings.Architecture),
            .. Values(settings),
            ("the number of training rows", Text(training.RowCount)),
            ("the number of validation rows", Text(validation?.RowCount)),
            ("the content of the training rows (SHA-256)", DataFingerprint.Compute(training)),
            ("the content of the validation rows (SHA-256)", validation is null ? Text(null) : DataFingerprint.Compute(validation)),
            ("the previous model (SHA-256)", previous is null ? Text(null) : Fingerprint(previous)),
        ];

    private static string LibraryVersion()
        => typeof(TrainingIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>All settings that can be written, so that none is forgotten that comes later.</summary>
    private static IEnumerable<(string Name, string Value)> Values(object settings)
        => from property in settings.GetType().GetProperties()
           where property.CanWrite && !LeftOut.Contains(property.Name)
           select (OptionNames.GetValueOrDefault(property.Name, property.Name), Text(property.GetValue(settings)));

    private static string Text(object? value) => value switch
    {
        null => "none",
        IEnumerable<int> list => $"[{string.Join(", ", list)}]",
        IEnumerable => throw new ArgumentException("A setting that is a list needs a text of its own.", nameof(value)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>All of a model that training goes on from: its passes too, which seed the noise.</summary>
    private static string Fingerprint(TrainedNetwork network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append<int>([network.Summary.TotalIterations, .. network.InputFeatures ?? []]);
        Append<float>([.. network.Scaling?.Means ?? [], .. network.Scaling?.Scales ?? [], .. network.Scaling?.Lowest ?? [], .. network.Scaling?.Highest ?? [], network.Scaling?.OutlierThreshold ?? 0, .. network.LogNoiseVariances]);
        Append<double>([.. network.Targets?.Means ?? [], .. network.Targets?.Scales ?? []]);
        foreach (TrainedLayer layer in network.Layers)
        {
            Append<float>(layer.Weights);
            Append<float>(layer.Biases);
            Append<float>(layer.LogVariances);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append<T>(ReadOnlySpan<T> values)
            where T : unmanaged
            => hash.AppendData(MemoryMarshal.AsBytes(values));
    }
}
