using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Interop;

/// <summary>
/// Checks, on first use, that the loaded ML.NET is one whose internals this library knows: one clear error instead of a
/// <see cref="MissingMethodException"/> in the middle of a job.
/// </summary>
internal static class MLNetVersion
{
    private static readonly Version Minimum = new(5, 0, 1);
    private static readonly Version Limit = new(5, 1, 0);

    /// <summary>Members without which nothing works, one or two from each area: type and member.</summary>
    private static readonly (Assembly Assembly, string Type, string Member)[] Needed =
    [
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.LoadableClassAttribute", ".ctor"),
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.ModelLoadContext", "CheckAtModel"),
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.ModelSaveContext", "SetVersionInfo"),
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.Data.AnnotationUtils", "AnnotationsForMulticlassScoreColumn"),
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.Runtime.Contracts", "CheckAlive"),
        (typeof(IHostEnvironment).Assembly, "Microsoft.ML.Runtime.IHostEnvironmentInternal", "TempFilePath"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.TrainerEstimatorBase`2", "TrainTransformer"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.TrainerUtils", "CheckFeatureFloatVector"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.TrainerUtils", "CheckMultiOutputRegressionLabel"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.MulticlassLabelCursor", ".ctor"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.FloatLabelCursor", ".ctor"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Trainers.FeatureFloatVectorCursor", "Accept"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Data.SingleFeaturePredictionTransformerBase`1", "SaveCore"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Data.RowToRowScorerBase", "ApplyToDataCore"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Data.RowToRowScorerBase+BindingsBase", "RowMapper"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Data.IO.BinarySaver", ".ctor"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Model.OnnxConverter.OnnxContext", "CreateNode"),
        (typeof(MLContext).Assembly, "Microsoft.ML.Model.OnnxConverter.IBindableCanSaveOnnx", "SaveAsOnnx"),
    ];

    private static readonly Lazy<string?> Problem = new(() => Describe(LoadedVersion(), Needed));

    /// <exception cref="NotSupportedException">The loaded version of ML.NET is not supported.</exception>
    public static void ThrowIfUnsupported()
    {
        if (Problem.Value is string problem)
            throw new NotSupportedException(problem);
    }

    /// <summary>What is wrong with a version of ML.NET, or null when nothing is.</summary>
    public static string? Describe(string loadedVersion, IEnumerable<(Assembly Assembly, string Type, string Member)> needed)
    {
        string release = loadedVersion.Split('-', '+')[0];
        bool known = Version.TryParse(release, out Version? version) && version >= Minimum && version < Limit;
        string[] missing = [.. needed.Where(member => !Exists(member)).Select(member => $"{member.Type}.{member.Member}")];
        if (known && missing.Length == 0)
            return null;

        string detail = missing.Length == 0 ? "" : $" It lacks {string.Join(", ", missing)}.";
        return $"Microsoft.ML.VariationalDropout works with Microsoft.ML {Minimum} or later, below {Limit}; the loaded version is {loadedVersion}.{detail}";
    }

    private static string LoadedVersion()
        => typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static bool Exists((Assembly Assembly, string Type, string Member) needed)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return needed.Assembly.GetType(needed.Type)?.GetMember(needed.Member, all).Length > 0;
    }
}
