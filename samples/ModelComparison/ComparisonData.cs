using ModelComparison.Contestants;
using ModelComparison.Data;

namespace ModelComparison;

/// <summary>The rows of a run, and who competes on them.</summary>
/// <param name="Data">The table.</param>
/// <param name="MadeCsv">The file's text where the program made it; null otherwise.</param>
/// <param name="Truth">What the labels of made data were drawn from; null otherwise.</param>
internal sealed record ComparisonData(Dataset Data, string? MadeCsv, double[][]? Truth)
{
    public static ComparisonData Open(ComparisonSettings settings)
    {
        if (settings.DataFile is not string file)
        {
            if (settings.Label is not null)
                throw new ArgumentException("--label needs --data; the label of made data is known.");
            if (settings.Hints.DecimalComma)
                throw new ArgumentException("--decimal-comma needs --data; made data have decimal points.");
            int rows = settings.Quick ? ComparisonDefaults.QuickRows : ComparisonDefaults.MadeRows;
            MadeCustomers made = MadeCustomers.Create(settings.Task ?? LearningTask.Binary, rows, settings.Seed);
            CsvTable customers = CsvTable.Parse(made.Csv, "customers.csv");
            return new(Dataset.Create(customers, made.Label, settings.Task, settings.Hints), made.Csv, made.Truth);
        }

        CsvTable table = CsvTable.Read(file);
        if (settings.Label is not string label)
            throw new ArgumentException($"--data needs --label, the column to predict; '{file}' has {string.Join(", ", table.Header)}.");
        if (settings.Quick && table.Rows.Count > ComparisonDefaults.QuickRows)
        {
            int[] rows = [.. Enumerable.Range(0, table.Rows.Count)];
            new Random(settings.Seed).Shuffle(rows);
            table = table.Take(rows.Take(ComparisonDefaults.QuickRows).Order());
        }

        return new(Dataset.Create(table, label, settings.Task, settings.Hints), null, null);
    }

    /// <exception cref="ArgumentException">Somebody was asked for who does not do the task.</exception>
    public IReadOnlyList<IContestant> ChooseContestants(ComparisonSettings settings)
    {
        IContestant[] asked = [.. AllContestants.List.Where(contestant => settings.Trainers?.Contains(contestant.Name) != false)];
        foreach (IContestant contestant in asked)
        {
            if (contestant.ReasonAgainst(Data.Task) is not string reason)
                continue;
            string message = $"{contestant.Name} takes no part in {Data.Task.ToString().ToLowerInvariant()}: {reason}.";
            if (settings.Trainers is not null)
                throw new ArgumentException($"--trainers: {message}");
            Console.WriteLine(message);
        }

        return [.. Truth is null ? [] : new IContestant[] { new Truth(Truth) }, .. asked.Where(contestant => contestant.ReasonAgainst(Data.Task) is null)];
    }
}
