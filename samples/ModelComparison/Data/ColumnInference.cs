using System.Globalization;

namespace ModelComparison.Data;

/// <summary>
/// Tells what a column holds from its cells. Not AutoML's InferColumns: that package brings search, deep learning and data frames along, is not on
/// every feed, and guesses without saying which cell it could not read.
/// </summary>
internal static class ColumnInference
{
    /// <summary>A column with more texts than that is no category with a feature for each.</summary>
    public const int MostCategories = 100;

    /// <summary>Where so many of the known cells are numbers, the others are mistakes, which a user should see.</summary>
    private const double MostlyNumbers = 0.95;

    /// <summary>Of texts that differ in so many rows, each is a name of its row.</summary>
    private const double MostlyDistinct = 0.9;

    /// <summary>Texts with so many words on average are sentences, if there are more than a few of them.</summary>
    private const double WordsOfSentences = 4;

    private const int FewTexts = 20, FewestRowsToJudge = 10;

    private static readonly string[] IdentifierEndings = ["id", "key", "index", "rownames", "uuid"];

    public static bool IsMissing(string cell, ColumnHints hints) => cell.Length == 0 || hints.Missing.Contains(cell, StringComparer.OrdinalIgnoreCase);

    /// <summary>A number that a feature can hold; NaN for none.</summary>
    public static float Number(string cell, ColumnHints hints) => WrittenNumber.Parse(cell, hints.DecimalComma);

    /// <exception cref="InvalidDataException">Nearly all cells are numbers, and this one is not: the message names its line and column.</exception>
    public static TableColumn Infer(CsvTable table, int index, ColumnHints hints)
    {
        string name = table.Header[index];
        string[] known = [.. table.Rows.Select(row => row[index]).Where(cell => !IsMissing(cell, hints))];
        bool hasMissing = known.Length < table.Rows.Count;
        if (hints.Ignored.Contains(name))
            return LeftOut("--ignore names it");
        if (known.Length == 0)
            return LeftOut("all its cells are missing");
        int distinct = known.Distinct(StringComparer.Ordinal).Count();
        if (distinct == 1 && !hasMissing)
            return LeftOut($"all its cells are '{known[0]}'");
        if (!hints.Categories.Contains(name) && AreNumbers(table, index, known, hints, $"--categories {name} if the numbers are names"))
            return NumbersAreIdentifiers(name, known, distinct) ? LeftOut("it numbers the rows") : Of(ColumnKind.Number);
        if (distinct > FewTexts && known.Average(cell => cell.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length) >= WordsOfSentences)
            return Of(ColumnKind.Text);
        if (distinct <= MostCategories && distinct <= Math.Max(FewestRowsToJudge, known.Length / 2))
            return Of(ColumnKind.Category);
        return distinct >= MostlyDistinct * known.Length
            ? LeftOut($"it names the rows: {distinct} different texts in {known.Length}")
            : Of(ColumnKind.HashedCategory);

        TableColumn Of(ColumnKind kind) => new(name, index, kind, hasMissing);
        TableColumn LeftOut(string reason) => new(name, index, ColumnKind.LeftOut, hasMissing, reason);
    }

    /// <summary>Whether a column holds numbers.</summary>
    /// <param name="table">The table.</param>
    /// <param name="index">The column.</param>
    /// <param name="known">Its cells that are not missing.</param>
    /// <param name="hints">What stands for missing values.</param>
    /// <param name="otherwise">The option that says that it does not hold numbers.</param>
    /// <exception cref="InvalidDataException">Nearly all are, or would be if they were written otherwise.</exception>
    public static bool AreNumbers(CsvTable table, int index, IReadOnlyCollection<string> known, ColumnHints hints, string otherwise)
    {
        int numbers = known.Count(cell => !float.IsNaN(Number(cell, hints)));
        if (numbers == known.Count)
            return true;
        int writtenOtherwise = known.Count(IsOtherwise);
        if (writtenOtherwise > 0 && (numbers + writtenOtherwise == known.Count || AreNearlyAll(numbers + writtenOtherwise)))
        {
            throw new InvalidDataException(
                $"{First(IsOtherwise)} has {(hints.DecimalComma ? "a point" : "a comma")}, as {(writtenOtherwise == 1 ? "no other" : $"{writtenOtherwise}")} of the column's {known.Count} known cells "
                + $"{(writtenOtherwise == 1 ? "has" : "have")}. {WrittenNumber.Rule(known.First(IsOtherwise), hints.DecimalComma)}, or {otherwise}.");
        }

        if (!AreNearlyAll(numbers))
            return false;
        string mistake = known.First(cell => float.IsNaN(Number(cell, hints)));
        throw new InvalidDataException(
            $"{First(cell => cell == mistake)} is not a finite number, as {numbers} of the column's {known.Count} known cells are. "
            + $"Correct it, or say --missing {mistake} if it stands for no value, or {otherwise}.");

        bool IsOtherwise(string cell) => WrittenNumber.IsOtherwise(cell, hints.DecimalComma);
        bool AreNearlyAll(int count) => known.Count >= FewestRowsToJudge && count >= MostlyNumbers * known.Count;
        string First(Predicate<string> isMeant)
        {
            int row = 0;
            while (IsMissing(table.Rows[row][index], hints) || !isMeant(table.Rows[row][index]))
                row++;
            return $"'{table.Source}', line {table.Lines[row]}, column '{table.Header[index]}': '{table.Rows[row][index]}'";
        }
    }

    private static bool NumbersAreIdentifiers(string name, string[] known, int distinct)
    {
        if (distinct < known.Length || known.Length < FewestRowsToJudge)
            return false;
        var numbers = new long[known.Length];
        for (int row = 0; row < known.Length; row++)
        {
            if (!long.TryParse(known[row], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[row]))
                return false;
        }

        return numbers.Max() - numbers.Min() == known.Length - 1 || IdentifierEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }
}
