using ModelComparison.Data;

namespace ModelComparison.Output;

/// <summary>Says what was understood: a column that is taken for something else than it is spoils every figure.</summary>
internal static class DataDescription
{
    public static void Show(Dataset data, bool isTaskInferred)
    {
        Console.WriteLine(
            $"'{data.Table.Source}': {data.RowCount} rows{(data.RowsWithoutLabel == 0 ? "" : $", without {data.RowsWithoutLabel} whose label is missing")}; "
            + $"task {data.Task.ToString().ToLowerInvariant()}{(isTaskInferred ? " (as the label looks; --task says otherwise)" : "")}, label {data.LabelName}{Classes(data)}");
        foreach (IGrouping<ColumnKind, TableColumn> group in data.Columns.GroupBy(column => column.Kind).OrderBy(group => group.Key))
        {
            if (group.Key != ColumnKind.LeftOut)
                Console.WriteLine($"  {Describe(group.Key)}: {string.Join(", ", group.Select(column => column.HasMissing ? $"{column.Name} (some missing)" : column.Name))}");
        }

        foreach (TableColumn column in data.Columns.Where(column => column.Kind == ColumnKind.LeftOut))
            Console.WriteLine($"  left out: {column.Name}, because {column.Reason}");
        if (data.NoteOnClassesOfOneRow is string note)
            Console.Error.WriteLine($"Warning: {note}");
    }

    private static string Classes(Dataset data) => data.Classes.Count switch
    {
        0 => "",
        2 => $", '{data.Classes[1]}' against '{data.Classes[0]}'",
        int count => $" of {count} classes",
    };

    private static string Describe(ColumnKind kind) => kind switch
    {
        ColumnKind.Number => "numbers",
        ColumnKind.Category => "categories",
        ColumnKind.HashedCategory => "categories with many values, hashed",
        _ => "texts",
    };
}
