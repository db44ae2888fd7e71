namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>A set of the study.</summary>
/// <param name="Name">Its name, on the command line and in tables.</param>
/// <param name="Task">The task.</param>
/// <param name="Role">What it was used for.</param>
/// <param name="Source">The file or folder in the data folder; null where the program makes the rows.</param>
internal abstract record StudySet(string Name, LearningTask Task, SetRole Role, string? Source)
{
    /// <summary>Rows above which two random splits are enough, and below which there are five.</summary>
    private const int ManyRows = 20_000;

    private const double TestShare = 0.2;

    public bool IsIn(string? folder)
        => Source is null || (folder is not null && Path.Exists(Path.Combine(folder, Source)));

    /// <param name="folder">The data folder; <see cref="Source"/> is in it.</param>
    /// <exception cref="InvalidDataException">The data is not as expected.</exception>
    public abstract OpenedSet Open(string? folder);

    /// <summary>Random splits of 80 to 20, the same in every run.</summary>
    protected static IReadOnlyList<(int[] Train, int[] Test)> RandomSplits(int rows)
    {
        return [.. Enumerable.Range(1, rows > ManyRows ? 2 : 5).Select(Split)];

        (int[] Train, int[] Test) Split(int seed)
        {
            int[] order = [.. Enumerable.Range(0, rows)];
            new Random(seed).Shuffle(order);
            int test = Math.Max(1, (int)(TestShare * rows));
            return (order[test..], order[..test]);
        }
    }
}
