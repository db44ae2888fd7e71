using Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;
using PaperExperiments.Published;
using PaperExperiments.Uci;
using QuickStart.Tests;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class UciFolderTests
{
    [TestMethod]
    public void A_folder_is_read_as_it_is_laid_out()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "b");
        WriteSet(folder, "a");
        Write(folder, "a", "n_hidden.txt", "100\n");
        Write(folder, "a", "test_ll_100_xepochs_1_hidden_layers.txt", "-2.5\n-2.25\n");
        Write(folder, "a", "test_MC_rmse_100_xepochs_1_hidden_layers.txt", "3\n4\n");
        Write(folder, "a", "test_tau_100_xepochs_1_hidden_layers.txt", "0.1\n0.2\n");

        IReadOnlyList<RegressionSet> sets = UciFolder.Read(folder.Path, null);

        CollectionAssert.AreEqual(new[] { "a", "b" }, sets.Select(set => set.Name).ToArray());
        RegressionSet set = sets[0];
        Assert.HasCount(4, set.Rows);
        CollectionAssert.AreEqual(new[] { 3f, 0.25f }, set.Rows[1].Features, "Columns 2 and 0 of the second row.");
        Assert.AreEqual(-20f, set.Rows[1].Label);
        Assert.HasCount(2, set.Splits);
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, set.Splits[0].Train.ToArray());
        CollectionAssert.AreEqual(new[] { 1 }, set.Splits[0].Test.ToArray());
        Assert.AreEqual(100, set.HiddenUnits);
        CollectionAssert.AreEqual(new[] { -2.5, -2.25 }, set.ReferenceLogLikelihoods!.ToArray());
        CollectionAssert.AreEqual(new[] { 3.0, 4.0 }, set.ReferenceErrors!.ToArray());
        Assert.AreEqual((null, null, null), (sets[1].HiddenUnits, sets[1].ReferenceLogLikelihoods, sets[1].ReferenceErrors));
    }

    [TestMethod]
    public void Named_sets_are_read_in_the_order_of_their_names_on_the_command_line()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "a", "b", "c" })
            WriteSet(folder, name);

        CollectionAssert.AreEqual(new[] { "c", "a" }, UciFolder.Read(folder.Path, ["c", "a"]).Select(set => set.Name).ToArray());
    }

    [TestMethod]
    [DataRow("data.txt", "1 2 3\n4 5\n", "line 2: expected 3 numbers, as in line 1, found 2.")]
    [DataRow("data.txt", "\n1 2 3\n\n4 x 6\n", "line 4: expected a number, found 'x'.")]
    [DataRow("data.txt", "1 2 3\n4 NaN 6\n", "line 2: expected a number, found 'NaN'.")]
    [DataRow("data.txt", "\n", "line 1: expected a row of numbers, found an empty file.")]
    [DataRow("index_features.txt", "0\n3\n", "line 2: expected a column from 0 to 2, found 3.")]
    [DataRow("index_features.txt", "0\n1\n", "line 2: expected a column other than that of the target, found 1.")]
    [DataRow("index_target.txt", "1\n2\n", "line 2: expected the end of the file, found another number.")]
    [DataRow("index_train_1.txt", "0\n1.5\n", "line 2: expected a row from 0 to 3, found 1.5.")]
    [DataRow("index_train_1.txt", "0\n-1\n", "line 2: expected a row from 0 to 3, found -1.")]
    [DataRow("index_test_1.txt", "4\n", "line 1: expected a row from 0 to 3, found 4.")]
    [DataRow("index_test_1.txt", "2\n0\n", "line 2: expected a row that is not in 'index_train_1.txt', found 0.")]
    [DataRow("index_test_0.txt", "", "line 1: expected a row from 0 to 3, found an empty file.")]
    [DataRow("n_splits.txt", "0\n", "line 1: expected a number of splits from 1 to 100000, found 0.")]
    [DataRow("n_hidden.txt", "fifty\n", "line 1: expected a number, found 'fifty'.")]
    [DataRow("test_ll_x.txt", "-1\n", "line 2: expected a number for each of 2 splits, found the end of the file.")]
    public void A_bad_file_is_named_with_line_and_expectation(string file, string content, string message)
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "a");
        Write(folder, "a", file, content);

        InvalidDataException error = Assert.ThrowsExactly<InvalidDataException>(() => UciFolder.Read(folder.Path, null));

        Assert.AreEqual($"'{Path.Combine(folder.Path, "a", file)}', {message}", error.Message);
    }

    [TestMethod]
    [DataRow("data.txt", "one row of numbers per line")]
    [DataRow("index_train_1.txt", "a row per line")]
    [DataRow("n_splits.txt", "a number of splits per line")]
    public void A_missing_file_is_named_with_what_it_should_hold(string file, string content)
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "a");
        File.Delete(Path.Combine(folder.Path, "a", file));

        FileNotFoundException error = Assert.ThrowsExactly<FileNotFoundException>(() => UciFolder.Read(folder.Path, null));

        Assert.AreEqual($"'{Path.Combine(folder.Path, "a", file)}' is missing: expected a file with {content}.", error.Message);
    }

    [TestMethod]
    public void Two_references_are_one_too_many()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "a");
        Write(folder, "a", "test_ll_10.txt", "1\n1\n");
        Write(folder, "a", "test_ll_100.txt", "1\n1\n");

        Assert.EndsWith("expected one file 'test_ll_*.txt' at most, found 2: test_ll_10.txt, test_ll_100.txt.", Assert.ThrowsExactly<InvalidDataException>(() => UciFolder.Read(folder.Path, null)).Message);
    }

    [TestMethod]
    public void A_folder_that_is_none_and_a_set_that_is_not_there_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("has no folders in it", Assert.ThrowsExactly<DirectoryNotFoundException>(() => UciFolder.Read(folder.Path, null)).Message);
        WriteSet(folder, "a");
        Assert.EndsWith("has no set 'b'; it has a.", Assert.ThrowsExactly<DirectoryNotFoundException>(() => UciFolder.Read(folder.Path, ["b"])).Message);
        Assert.EndsWith("does not exist.", Assert.ThrowsExactly<DirectoryNotFoundException>(() => UciFolder.Read(Path.Combine(folder.Path, "c"), null)).Message);
    }

    [TestMethod]
    public void Fewer_rows_have_no_reference_and_fewer_splits_keep_theirs()
    {
        using var folder = new TemporaryFolder();
        WriteSet(folder, "a");
        Write(folder, "a", "test_ll_x.txt", "-2.5\n-2.25\n");
        RegressionSet set = UciFolder.Read(folder.Path, null)[0];

        RegressionSet oneSplit = set.Shrink(1, int.MaxValue, int.MaxValue), twoRows = set.Shrink(2, 2, 1);

        Assert.HasCount(1, oneSplit.Splits);
        Assert.IsNotNull(oneSplit.ReferenceLogLikelihoods);
        Assert.AreEqual((2, 1), (twoRows.Splits[0].Train.Count, twoRows.Splits[0].Test.Count));
        Assert.IsNull(twoRows.ReferenceLogLikelihoods);
    }

    [TestMethod]
    [DataRow("bostonHousing", 506, 13)]
    [DataRow("concrete", 1030, 8)]
    [DataRow("energy", 768, 8)]
    [DataRow("wine-quality-red", 1599, 11)]
    [DataRow("yacht", 308, 6)]
    public void The_standard_sets_have_twenty_splits_with_references_and_published_results(string name, int rows, int features)
    {
        RegressionSet set = UciFolder.Read(SharedData.Find("uci"), [name])[0];

        Assert.AreEqual((rows, features), (set.Rows.Count, set.FeatureCount));
        Assert.HasCount(20, set.Splits);
        foreach (RegressionSplit split in set.Splits)
            CollectionAssert.AreEquivalent(Enumerable.Range(0, rows).ToArray(), split.Train.Concat(split.Test).ToArray());

        // The reference is the tuned MC dropout whose mean is published, to two digits.
        Assert.HasCount(20, set.ReferenceLogLikelihoods!);
        Assert.HasCount(20, set.ReferenceErrors!);
        int tuned = PublishedUci.Methods.ToList().IndexOf("MC tuned");
        Assert.AreEqual(PublishedUci.LogLikelihood(name)[tuned]!.Value, set.ReferenceLogLikelihoods!.Average(), 0.01);
        Assert.AreEqual(PublishedUci.RootMeanSquaredError(name)[tuned]!.Value, set.ReferenceErrors!.Average(), 0.015);
    }

    /// <summary>Four rows of three columns: features 2 and 0, target 1; two splits.</summary>
    private static void WriteSet(TemporaryFolder folder, string name)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, name));
        Write(folder, name, "data.txt", " 1.0 10\t2\n2.5e-01 -20 3 \n3 30 4\n4 40 5\n\n");
        Write(folder, name, "index_features.txt", "2\n0.000e+00\n");
        Write(folder, name, "index_target.txt", "1\n");
        Write(folder, name, "n_splits.txt", "2\n");
        Write(folder, name, "index_train_0.txt", "0\n2\n3\n");
        Write(folder, name, "index_test_0.txt", "1\n");
        Write(folder, name, "index_train_1.txt", "0\n1\n3\n");
        Write(folder, name, "index_test_1.txt", "2\n");
    }

    private static void Write(TemporaryFolder folder, string name, string file, string content) => File.WriteAllText(Path.Combine(folder.Path, name, file), content);
}
