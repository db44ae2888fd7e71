using ModelComparison.Data;

namespace ModelComparison.Tests;

[TestClass]
public sealed class LabelInferenceTests
{
    [TestMethod]
    public void The_task_is_told_from_the_label()
    {
        Check(LearningTask.Binary, ["no", "yes"], row => row % 3 == 0 ? "yes" : "no");
        Check(LearningTask.Binary, ["0", "1"], row => $"{(row + 1) % 2}");
        Check(LearningTask.Binary, ["0", "1+"], row => row is 7 or 9 ? "1+" : "0");
        Check(LearningTask.Binary, ["2", "10"], row => row % 3 == 0 ? "10" : "2");
        Check(LearningTask.Multiclass, ["a", "b", "c"], row => $"{(char)('c' - (row % 3))}");
        Check(LearningTask.Multiclass, ["3", "4", "10"], row => row % 3 == 0 ? "10" : row % 3 == 1 ? "4" : "3");
        Check(LearningTask.Regression, [], row => $"{row % 11}");
        Check(LearningTask.Regression, [], row => $"{row % 5}.5");
    }

    [TestMethod]
    public void What_the_user_says_goes_first()
    {
        Check(LearningTask.Regression, [], row => $"{row % 2}", LearningTask.Regression);
        Check(LearningTask.Multiclass, ["0", "1"], row => $"{row % 2}", LearningTask.Multiclass);
        Check(LearningTask.Multiclass, ["1", "2", "x"], row => row is 7 or 9 ? "x" : $"{1 + (row % 2)}", LearningTask.Multiclass);
    }

    [TestMethod]
    public void Labels_that_do_not_suit_are_refused()
    {
        Refuse("'t.csv': the label 'y' is '1' in all 40 rows; there is nothing to predict.", _ => "1");
        Refuse("--task binary: the label 'y' must have two values; it has 3.", row => $"{row % 3}", LearningTask.Binary);
        Refuse("'t.csv', line 3, column 'y': --task regression needs finite numbers; found 'b'.", row => row == 1 ? "b" : $"{row}", LearningTask.Regression);
        Refuse(
            "'t.csv', line 9, column 'y': 'x' is not a finite number, as 39 of the column's 40 known cells are. "
            + "Correct it, or say --missing x if it stands for no value, or --task multiclass if they are the names of classes.",
            row => row == 7 ? "x" : $"{row % 3}");
        Refuse(
            "'t.csv', line 3, column 'y': --task regression needs finite numbers; found '1,5'. "
            + "Numbers have a decimal point and nothing between thousands: correct it, or say --decimal-comma if the file has decimal commas.",
            row => row == 1 ? "\"1,5\"" : $"{row}",
            LearningTask.Regression);
        Refuse(
            "'t.csv', line 2, column 'y': '0,5' has a comma, as 40 of the column's 40 known cells have. Numbers have a decimal point and nothing between thousands: "
            + "correct it, or say --decimal-comma if the file has decimal commas, or --task multiclass if they are the names of classes.",
            row => $"\"{row},5\"");
        Refuse("'t.csv': the label 'y' has 300 different texts; at most 100 classes are taken. Is it the label?", row => $"t{row}", rows: 300);
    }

    private static void Check(LearningTask task, string[] classes, Func<int, string> label, LearningTask? said = null)
    {
        Dataset data = Create(label, said, rows: 40);
        Assert.AreEqual(task, data.Task);
        CollectionAssert.AreEqual(classes, data.Classes.ToArray());
    }

    private static void Refuse(string message, Func<int, string> label, LearningTask? said = null, int rows = 40)
        => Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => Create(label, said, rows)).Message);

    private static Dataset Create(Func<int, string> label, LearningTask? said, int rows)
        => Dataset.Create(CsvTable.Parse($"x,y\n{string.Concat(Enumerable.Range(0, rows).Select(row => $"{row % 7}.5,{label(row)}\n"))}", "t.csv"), "y", said, new());
}
