using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>A table of numbers and texts, in random splits.</summary>
/// <param name="File">In the data folder.</param>
/// <param name="Label">The column to predict.</param>
/// <param name="Task">The task.</param>
/// <param name="Role">What the set was used for.</param>
/// <param name="LeftOut">Columns that are no features: those that give the label away, or number the rows.</param>
internal sealed record TableSet(string File, string Label, LearningTask Task, SetRole Role, params string[] LeftOut)
    : StudySet(Path.GetFileName(File).Split('.')[0], Task, Role, File)
{
    /// <summary>Rows that each split trains on, at most: how the defaults do on few. The test rows are all there are.</summary>
    public int TrainRows { get; init; } = int.MaxValue;

    public override OpenedSet Open(string? folder)
    {
        Table table = Table.Read(Path.Combine(folder!, File), Label, LeftOut);
        string[] classes = Task == LearningTask.Classification ? [.. table.Labels.Distinct().Order(StringComparer.Ordinal)] : [];
        return new(this, [.. RandomSplits(table.Labels.Count).Select(split => new Lazy<DataSplit>(() => Make(table, classes, [.. split.Train.Take(TrainRows)], split.Test)))]);
    }

    private static DataSplit Make(Table table, string[] classes, int[] train, int[] test)
    {
        (float[][] trainFeatures, float[][] testFeatures) = table.Prepare(train, test);
        return new(Rows(train, trainFeatures), Rows(test, testFeatures), classes.Length);

        Example[] Rows(int[] indices, float[][] features)
            => [.. indices.Zip(features, (row, values) => classes.Length == 0
                ? new Example { Features = values, Target = float.Parse(table.Labels[row], CultureInfo.InvariantCulture) }
                : new Example { Features = values, Class = Array.IndexOf(classes, table.Labels[row]) })];
    }
}
