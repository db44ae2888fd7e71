using PaperExperiments.Uci;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>A set of the published regression benchmark, with its splits, its hidden layer and the log-likelihoods that lie beside it.</summary>
internal sealed record UciSet(string Name, SetRole Role) : StudySet(Name, LearningTask.Regression, Role, Path.Combine("uci", Name))
{
    /// <summary>Where the folder does not say otherwise.</summary>
    private const int BenchmarkHiddenUnits = 50;

    public override OpenedSet Open(string? folder)
    {
        RegressionSet set = UciFolder.Read(Path.Combine(folder!, "uci"), [Name])[0];
        return new(this, [.. Enumerable.Range(0, set.Splits.Count).Select(split => new Lazy<DataSplit>(() => Make(set, split)))], set.HiddenUnits ?? BenchmarkHiddenUnits);
    }

    private static DataSplit Make(RegressionSet set, int split)
    {
        return new(Rows(set.Splits[split].Train), Rows(set.Splits[split].Test), 0, set.ReferenceLogLikelihoods?[split]);

        Example[] Rows(IReadOnlyList<int> indices) => [.. indices.Select(row => new Example { Features = set.Rows[row].Features, Target = set.Rows[row].Label })];
    }
}
