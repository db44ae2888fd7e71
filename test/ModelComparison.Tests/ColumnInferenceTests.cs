using ModelComparison.Data;

namespace ModelComparison.Tests;

[TestClass]
public sealed class ColumnInferenceTests
{
    private const string Decimal = "Numbers have a decimal point and nothing between thousands: correct it, or say --decimal-comma if the file has decimal commas";

    private const string Thousands = "Numbers have a decimal point; thousands separators are not allowed: remove them";

    private const string CommaRule = "With --decimal-comma numbers have a decimal comma";

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

    [TestMethod]
    [DataRow("1,5", Decimal)]
    [DataRow("-0,25", Decimal)]
    [DataRow("1,234", Decimal)]
    [DataRow("1.234,5", $"{Thousands}, and say --decimal-comma if the file has decimal commas")]
    [DataRow("1,234.5", Thousands)]
    [DataRow("1,234,567", Thousands)]
    [DataRow("1,5e-3", Decimal)]
    public void A_column_with_commas_in_its_numbers_is_refused_with_the_first_of_them(string cell, string advice)
    {
        string rule = $"{advice}, or --categories x if the numbers are names.";

        Assert.AreEqual(
            $"'t.csv', line 5, column 'x': '{cell}' has a comma, as 197 of the column's 200 known cells have. {rule}",
            Assert.ThrowsExactly<InvalidDataException>(() => Infer(row => row < 3 ? "7" : cell, separator: ';')).Message);
        Assert.AreEqual(
            $"'t.csv', line 43, column 'x': '{cell}' has a comma, as no other of the column's 200 known cells has. {rule}",
            Assert.ThrowsExactly<InvalidDataException>(() => Infer(row => row == 41 ? cell : $"{row % 50}.5", separator: ';')).Message);
        Assert.AreEqual(
            $"'t.csv', line 2, column 'x': '{cell}' has a comma, as 2 of the column's 3 known cells have. {rule}",
            Assert.ThrowsExactly<InvalidDataException>(() => Infer(row => row == 1 ? "7" : cell, separator: ';', rows: 3)).Message);
        Assert.AreEqual(ColumnKind.Category, Infer(row => row % 2 == 0 ? cell : "7", new() { Categories = ["x"] }, separator: ';').Kind);
    }

    [TestMethod]
    [DataRow("1.5", $"{CommaRule} and nothing between thousands: correct it, or leave the option out if the file has decimal points")]
    [DataRow("1.234", $"{CommaRule} and nothing between thousands: correct it, or leave the option out if the file has decimal points")]
    [DataRow("1.234,50", $"{CommaRule}; thousands separators are not allowed: remove them")]
    [DataRow("1.234.567", $"{CommaRule}; thousands separators are not allowed: remove them")]
    [DataRow("1,234.50", $"{CommaRule}; thousands separators are not allowed: remove them, and leave the option out if the file has decimal points")]
    public void With_decimal_commas_points_are_refused(string cell, string advice)
        => Assert.AreEqual(
            $"'t.csv', line 2, column 'x': '{cell}' has a point, as 199 of the column's 200 known cells have. {advice}, or --categories x if the numbers are names.",
            Assert.ThrowsExactly<InvalidDataException>(() => Infer(row => row == 1 ? "7" : cell, new() { DecimalComma = true }, separator: ';')).Message);

    [TestMethod]
    public void Texts_with_commas_are_texts()
    {
        Assert.AreEqual(ColumnKind.Category, Infer(row => row % 2 == 0 ? "1,2,3" : "4,5,6", separator: ';').Kind);
        Assert.AreEqual(ColumnKind.Category, Infer(row => row % 2 == 0 ? "Bonn, Rhein" : ",", separator: ';').Kind);
        Assert.AreEqual(ColumnKind.Category, Infer(row => row % 2 == 0 ? "1,5" : "much", separator: ';').Kind);
    }

    private static ColumnKind Kind(Func<int, string> cell) => Infer(cell).Kind;

    private static TableColumn Infer(Func<int, string> cell, ColumnHints? hints = null, string name = "x", char separator = ',', int rows = Rows)
        => ColumnInference.Infer(
            CsvTable.Parse($"{name}{separator}y\n{string.Concat(Enumerable.Range(0, rows).Select(row => $"{cell(row)}{separator}1\n"))}", "t.csv"), 0, hints ?? new());
}
