using ModelComparison.Data;

namespace ModelComparison.Tests;

[TestClass]
public sealed class ColumnInferenceTests
{
    private const int Rows = 200;

    [TestMethod]
    public void Kinds_are_told_from_the_cells()
    {
        Assert.AreEqual(ColumnKind.Number, Kind(row => $"{row * row % 97}"));
        Assert.AreEqual(ColumnKind.Number, Kind(row => $"{row % 3}"));
        Assert.AreEqual(ColumnKind.Number, Kind(row => $"-{row}.5e-3"));
        Assert.AreEqual(ColumnKind.Category, Kind(row => $"c{row % 7}"));
        Assert.AreEqual(ColumnKind.Category, Kind(row => row % 2 == 0 ? "true" : "false"));
        Assert.AreEqual(ColumnKind.Category, Kind(row => row % 3 == 0 ? $"{row % 30}" : $"c{row % 7}"));
        Assert.AreEqual(ColumnKind.HashedCategory, Kind(row => $"city{row % 120}"));
        Assert.AreEqual(ColumnKind.Text, Kind(row => $"this is the note of {row % 60}"));
        Assert.AreEqual(ColumnKind.LeftOut, Kind(row => $"C{row}"));
        Assert.AreEqual(ColumnKind.LeftOut, Kind(row => $"{row + 5000}"));
        Assert.AreEqual(ColumnKind.LeftOut, Kind(_ => "same"));
        Assert.AreEqual(ColumnKind.LeftOut, Kind(_ => "NA"));
    }

    [TestMethod]
    public void A_column_that_is_left_out_says_why()
    {
        Assert.AreEqual("it names the rows: 200 different texts in 200", Infer(row => $"C{row}").Reason);
        Assert.AreEqual("it numbers the rows", Infer(row => $"{row + 5000}").Reason);
        Assert.AreEqual("it numbers the rows", Infer(row => $"{row * 7}", name: "CustomerId").Reason);
        Assert.AreEqual("all its cells are 'same'", Infer(_ => "same").Reason);
        Assert.AreEqual("all its cells are missing", Infer(row => row % 2 == 0 ? "" : "n/a").Reason);
        Assert.AreEqual("--ignore names it", Infer(row => $"{row % 9}", new() { Ignored = ["x"] }).Reason);
    }

    [TestMethod]
    public void Missing_cells_are_no_values()
    {
        TableColumn numbers = Infer(row => row % 5 == 0 ? "?" : row % 7 == 0 ? "" : $"{row % 50}.5"), complete = Infer(row => $"{row % 50}.5");
        TableColumn own = Infer(row => row % 5 == 0 ? "-999x" : $"{row % 50}.5", new() { Missing = ["-999X"] });

        Assert.AreEqual(new TableColumn("x", 0, ColumnKind.Number, HasMissing: true), numbers);
        Assert.AreEqual(new TableColumn("x", 0, ColumnKind.Number, HasMissing: false), complete);
        Assert.AreEqual(new TableColumn("x", 0, ColumnKind.Number, HasMissing: true), own);
    }

    [TestMethod]
    public void A_column_of_one_value_and_gaps_is_a_feature()
        => Assert.AreEqual(new TableColumn("x", 0, ColumnKind.Category, HasMissing: true), Infer(row => row % 3 == 0 ? "" : "yes"));

    [TestMethod]
    public void Numbers_that_are_names_can_be_said_to_be()
        => Assert.AreEqual(ColumnKind.Category, Infer(row => $"{1000 + (row % 9)}", new() { Categories = ["x"] }).Kind);

    [TestMethod]
    [DataRow("abc")]
    [DataRow("1e99")]
    [DataRow("Infinity")]
    public void A_cell_that_spoils_a_column_of_numbers_is_named(string cell)
    {
        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => Infer(row => row == 41 ? cell : $"{row % 50}.5"));

        Assert.AreEqual(
            $"'t.csv', line 43, column 'x': '{cell}' is not a finite number, as 199 of the column's 200 known cells are. "
            + $"Correct it, or say --missing {cell} if it stands for no value, or --categories x if the numbers are names.",
            error.Message);
    }

    private static ColumnKind Kind(Func<int, string> cell) => Infer(cell).Kind;

    private static TableColumn Infer(Func<int, string> cell, ColumnHints? hints = null, string name = "x")
        => ColumnInference.Infer(CsvTable.Parse($"{name},y\n{string.Concat(Enumerable.Range(0, Rows).Select(row => $"{cell(row)},1\n"))}", "t.csv"), 0, hints ?? new());
}
