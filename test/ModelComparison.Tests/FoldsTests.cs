using ModelComparison.Data;

namespace ModelComparison.Tests;

[TestClass]
public sealed class FoldsTests
{
    [TestMethod]
    public void Every_row_is_tested_once_and_classes_are_spread_evenly()
    {
        Dataset data = Create(rows: 103, positives: 17);

        IReadOnlyList<Fold> folds = Folds.Create(data, 4, seed: 3);

        Assert.HasCount(4, folds);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 103).ToArray(), folds.SelectMany(fold => fold.Test).ToArray());
        foreach (Fold fold in folds)
        {
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 103).Except(fold.Test).ToArray(), fold.Train.ToArray());
            Assert.IsInRange(25, 26, fold.Test.Count);
            Assert.IsInRange(4, 5, fold.Test.Count(row => data.ClassOf(row) == 1));
        }
    }

    [TestMethod]
    public void Folds_depend_on_the_seed_alone()
    {
        Dataset data = Create(rows: 60, positives: 20);

        int[] first = [.. Folds.Create(data, 3, seed: 1)[0].Test], again = [.. Folds.Create(data, 3, seed: 1)[0].Test], other = [.. Folds.Create(data, 3, seed: 2)[0].Test];

        CollectionAssert.AreEqual(first, again);
        CollectionAssert.AreNotEqual(first, other);
    }

    [TestMethod]
    public void A_part_kept_aside_is_of_the_rows_given()
    {
        Dataset data = Create(rows: 60, positives: 20);
        int[] rows = [.. Enumerable.Range(10, 40)];

        Fold fold = Folds.HoldOut(data, rows, oneOf: 5, seed: 1);

        Assert.HasCount(8, fold.Test);
        CollectionAssert.AreEquivalent(rows, fold.Train.Concat(fold.Test).ToArray());
    }

    [TestMethod]
    public void A_class_of_two_rows_is_trained_on_wherever_it_is_tested_on()
    {
        Dataset data = Create(rows: 41, positives: 2);

        foreach (Fold fold in Folds.Create(data, 5, seed: 1))
            Assert.IsTrue(fold.Train.Any(row => data.ClassOf(row) == 1));
    }

    [TestMethod]
    public void Fewer_rows_than_folds_are_refused()
        => Assert.AreEqual("--folds 13 needs at least as many rows; 't.csv' has 12.", Assert.ThrowsExactly<InvalidDataException>(() => Folds.Create(Create(12, 6), 13, 1)).Message);

    private static Dataset Create(int rows, int positives)
        => Dataset.Create(CsvTable.Parse($"x,y\n{string.Concat(Enumerable.Range(0, rows).Select(row => $"{row % 7}.5,{(row < positives ? 1 : 0)}\n"))}", "t.csv"), "y", null, new());
}
