using Microsoft.ML;
using Microsoft.ML.Data;
using ModelComparison.Contestants;
using ModelComparison.Data;

namespace ModelComparison.Tests;

[TestClass]
public sealed class DatasetTests
{
    [TestMethod]
    public void Rows_become_features_and_labels()
    {
        Dataset data = Create("n,g,c,y\n1,4,red,a\n3,,blue,b\n5,8,,c\n7,8,red,?\n9,8,red,b\n1,4,red,a\n5,8,,c\n");
        var context = new MLContext(1);

        IDataView rows = data.Load(context, [0, 1, 2, 3]);
        IDataView features = data.CreateFeaturization(context).Fit(rows).Transform(rows);

        // n and g to mean 0 and variance 1 (divisor n), the mean of g where it is missing, red, blue, whether g is missing.
        float[][] found = [.. features.GetColumn<float[]>("Features")];
        Assert.AreEqual(1, data.RowsWithoutLabel);
        Assert.HasCount(4, found);
        foreach (float[] row in found)
            Assert.HasCount(5, row);
        Assert.AreEqual(0, found.Sum(row => row[0]), 1e-5);
        Assert.AreEqual(1, found.Average(row => row[0] * row[0]), 1e-5);
        Assert.AreEqual(0, found[1][1], 1e-5);
        Assert.AreEqual(1, found.Average(row => row[1] * row[1]), 1e-5);
        CollectionAssert.AreEqual(new[] { 1f, 0, 0, 1 }, found.Select(row => row[2]).ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 1, 0, 0 }, found.Select(row => row[3]).ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 1, 0, 0 }, found.Select(row => row[4]).ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 2, 3, 2 }, features.GetColumn<uint>("Label").ToArray());
        VBuffer<ReadOnlyMemory<char>> names = default;
        features.Schema["Features"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(new[] { "n", "g", "c.red", "c.blue", "g is missing" }, names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Each_category_has_its_own_values()
    {
        Dataset data = Create("a,b,y\nu,v,0\nw,x,1\nu,x,0\nw,v,1\n");
        var context = new MLContext(1);

        IDataView rows = data.Load(context, [0, 1, 2, 3]);

        Assert.AreEqual(4, ((VectorDataViewType)data.CreateFeaturization(context).Fit(rows).GetOutputSchema(rows.Schema)["Features"].Type).Size);
    }

    [TestMethod]
    public void Cells_with_tabs_quotes_and_line_ends_and_columns_named_as_ours_do_no_harm()
    {
        Dataset data = Create($"Label,Features,y\n{string.Concat(Enumerable.Range(0, 30).Select(row => $"\"say \"\"{row % 3}\t{row % 2}\n\",{row % 7}.5,{row % 2}\n"))}");
        var context = new MLContext(1);

        IDataView rows = data.Load(context, [.. Enumerable.Range(0, 30)]);
        IDataView features = data.CreateFeaturization(context).Fit(rows).Transform(rows);

        CollectionAssert.AreEqual(Enumerable.Range(0, 30).Select(row => row % 2 == 1).ToArray(), features.GetColumn<bool>("Label").ToArray());
        foreach (float[] row in features.GetColumn<float[]>("Features"))
        {
            Assert.HasCount(7, row);
            Assert.AreEqual(1, row.Count(value => value == 1));
        }
    }

    /// <summary>A made name that hid a column would change features, or let the label be read as one.</summary>
    [TestMethod]
    [DataRow("x", "y", DisplayName = "Names of its own, to compare with")]
    [DataRow("x is missing", "y")]
    [DataRow("x is missing (2)", "x is missing")]
    [DataRow("label of the table", "y")]
    [DataRow("label of the table", "label of the table (2)")]
    [DataRow("Features", "Label")]
    [DataRow("Label", "Features")]
    [DataRow("Score", "PredictedLabel")]
    [DataRow("Probability", "Score")]
    [DataRow("y", "x is missing")]
    [DataRow("x.2", "x is missing")]
    public void A_column_of_any_name_is_a_feature_of_its_own(string feature, string label)
    {
        string first = feature == "x" ? "z" : "x";
        string rows = string.Concat(Enumerable.Range(0, 30).Select(row => $"{(row % 5 == 0 ? "" : $"{row % 7}")},{(row % 4 == 0 ? "" : $"{row * row % 11}.5")},c{row % 3},{row % 2}\n"));
        Dataset data = Dataset.Create(CsvTable.Parse($"{first},{feature},c,{label}\n{rows}", "t.csv"), label, null, new());
        Dataset plain = Dataset.Create(CsvTable.Parse($"a,b,c,d\n{rows}", "t.csv"), "d", null, new());

        (float[][] features, bool[] labels) = Featurize(data);
        (float[][] expected, bool[] expectedLabels) = Featurize(plain);

        CollectionAssert.AreEqual(expectedLabels, labels);
        Assert.HasCount(7, expected[0]);
        foreach ((float[] wanted, float[] found) in expected.Zip(features))
            CollectionAssert.AreEqual(wanted, found);

        static (float[][] Features, bool[] Labels) Featurize(Dataset data)
        {
            var round = new Round(data, new([.. Enumerable.Range(0, 30)], [0]), 1, new(1, 1), CancellationToken.None);
            return ([.. round.Train.GetColumn<float[]>("Features")], [.. round.Train.GetColumn<bool>("Label")]);
        }
    }

    [TestMethod]
    public void Columns_of_which_one_is_named_for_the_gaps_of_another_have_gaps_of_their_own()
    {
        Dataset data = Create("x,x is missing,x is missing is missing,y\n1,5,2,0\n,6,,1\n3,,4,0\n4,8,7,1\n");
        var context = new MLContext(1);

        IDataView rows = data.Load(context, [0, 1, 2, 3]);
        IDataView features = data.CreateFeaturization(context).Fit(rows).Transform(rows);

        VBuffer<ReadOnlyMemory<char>> names = default;
        features.Schema["Features"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(
            new[]
            {
                "x", "x is missing", "x is missing is missing", "x is missing (2)", "x is missing is missing (2)", "x is missing is missing is missing",
            },
            names.DenseValues().Select(name => name.ToString()).ToArray());
        float[][] found = [.. features.GetColumn<float[]>("Features")];
        CollectionAssert.AreEqual(new[] { 0f, 1, 0, 0 }, found.Select(row => row[3]).ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 0, 1, 0 }, found.Select(row => row[4]).ToArray());
        CollectionAssert.AreEqual(new[] { 0f, 1, 0, 0 }, found.Select(row => row[5]).ToArray());
    }

    [TestMethod]
    public void A_label_may_have_the_name_of_the_features()
    {
        Dataset data = Dataset.Create(CsvTable.Parse("x,Features\n1,0\n2,1\n3,0\n4,1\n", "t.csv"), "Features", null, new());
        var context = new MLContext(1);

        IDataView rows = data.Load(context, [0, 1, 2, 3]);
        IDataView features = data.CreateFeaturization(context).Fit(rows).Transform(rows);

        CollectionAssert.AreEqual(new[] { false, true, false, true }, features.GetColumn<bool>("Label").ToArray());
        Assert.HasCount(1, features.GetColumn<float[]>("Features").First());
    }

    [TestMethod]
    public void Classes_come_out_of_ML_NET_in_their_order()
    {
        Dataset data = Create($"x,y\n{string.Concat(Enumerable.Range(0, 90).Select(row => $"{row % 3},{"cab"[row % 3]}\n"))}");
        var round = new Round(data, new([.. Enumerable.Range(0, 60)], [.. Enumerable.Range(60, 30)]), 1, new(1, 20), CancellationToken.None);
        IContestant contestant = AllContestants.List.Single(one => one.Name == "sdca");

        var scores = (Measurement.ClassScores)contestant.Measure(round, _ => { })[0].Scores;

        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, data.Classes.ToArray());
        CollectionAssert.AreEqual(new[] { 2, 0, 1 }, scores.Rows.Take(3).Select(row => row.Class).ToArray());
        Assert.IsTrue(scores.Rows.All(row => Math.Abs(row.Probabilities.Sum() - 1) < 1e-4));
        Assert.IsGreaterThan(90.0, scores.Figures[Measurement.Metric.Accuracy]);
    }

    [TestMethod]
    public void The_only_row_of_a_class_is_left_out_and_said()
    {
        string rows = string.Concat(Enumerable.Range(0, 20).Select(row => $"{row % 7}.5,{"abc"[row % 3]}\n"));
        const string Rule = " Cross-validation needs at least 2 rows of a class, to train on one and test on the other.";

        Dataset one = Create($"x,y\n9,z\n{rows}"), two = Create($"x,y\n9,d\n{rows}8,e\n"), none = Create($"x,y\n{rows}");
        Dataset many = Create($"x,y\n{string.Concat(Enumerable.Range(0, 12).Select(row => $"1,d{row:00}\n"))}{rows}");

        Assert.AreEqual($"Left out: 1 row of 'y', the only one of its class, 'z'.{Rule}", one.NoteOnClassesOfOneRow);
        Assert.AreEqual($"Left out: 2 rows of 'y', the only ones of their classes, 'd', 'e'.{Rule}", two.NoteOnClassesOfOneRow);
        Assert.AreEqual(
            $"Left out: 12 rows of 'y', the only ones of their classes, {string.Join(", ", Enumerable.Range(0, 10).Select(row => $"'d{row:00}'"))} and 2 more.{Rule}", many.NoteOnClassesOfOneRow);
        Assert.IsNull(none.NoteOnClassesOfOneRow);
        foreach (Dataset data in new[] { one, two, many, none })
        {
            Assert.AreEqual((20, 0), (data.RowCount, data.RowsWithoutLabel));
            CollectionAssert.AreEqual(new[] { "a", "b", "c" }, data.Classes.ToArray());
            CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(row => row % 3).ToArray(), Enumerable.Range(0, 20).Select(data.ClassOf).ToArray());
        }
    }

    [TestMethod]
    public void Numbers_that_stand_once_stay_and_of_three_classes_two_may_be_left()
    {
        Dataset numbers = Create($"x,y\n{string.Concat(Enumerable.Range(0, 20).Select(row => $"{row % 7},{row}.5\n"))}");
        Dataset typo = Create($"x,y\n1,yess\n{string.Concat(Enumerable.Range(0, 20).Select(row => $"{row % 7},{(row % 2 == 0 ? "yes" : "no")}\n"))}");

        Dataset classes = Create("x,y\n1,1.5\n2,1.5\n3,2.5\n4,2.5\n5,3.5\n6,3.5\n7,x\n");

        Assert.AreEqual((LearningTask.Multiclass, 6), (classes.Task, classes.RowCount));
        Assert.AreEqual((LearningTask.Regression, 20), (numbers.Task, numbers.RowCount));
        Assert.IsNull(numbers.NoteOnClassesOfOneRow);
        Assert.AreEqual((LearningTask.Binary, 20), (typo.Task, typo.RowCount));
        CollectionAssert.AreEqual(new[] { "yess" }, typo.ClassesOfOneRow.ToArray());
    }

    [TestMethod]
    [DataRow("1,a\n2,b\n3,a\n4,a\n", "'b' has one row of 4.")]
    [DataRow("1,a\n2,b\n3,a\n4,c\n", "'b', 'c' have one row each of 4.")]
    [DataRow("1,a\n2,b\n", "'a', 'b' have one row each of 2.")]
    public void Without_two_classes_of_two_rows_there_is_nothing_to_compare(string rows, string end)
        => Assert.AreEqual(
            $"'t.csv': the label 'y' needs two classes of at least 2 rows each, to train on one and test on the other; {end}",
            Assert.ThrowsExactly<InvalidDataException>(() => Create($"x,y\n{rows}")).Message);

    /// <summary>As if the file had points: features and labels of numbers, bit by bit.</summary>
    [TestMethod]
    public void Decimal_commas_are_read_where_the_user_says_so()
    {
        string text = $"x;g;y\n{string.Concat(Enumerable.Range(0, 20).Select(row => $"{row % 7}.25;{(row % 3 == 0 ? "NA" : $"-{row}.5e-1")};{row * 3}.75\n"))}";
        (float[][] features, float[] labels) = Featurize(text.Replace('.', ','), decimalComma: true);
        (float[][] expected, float[] expectedLabels) = Featurize(text, decimalComma: false);

        Assert.AreEqual(0.75f, labels[0]);
        Assert.HasCount(3, expected[0]);
        CollectionAssert.AreEqual(expectedLabels, labels);
        foreach ((float[] wanted, float[] found) in expected.Zip(features))
            CollectionAssert.AreEqual(wanted, found);

        static (float[][] Features, float[] Labels) Featurize(string text, bool decimalComma)
        {
            Dataset data = Dataset.Create(CsvTable.Parse(text, "t.csv"), "y", null, new() { DecimalComma = decimalComma });
            var round = new Round(data, new([.. Enumerable.Range(0, 20)], [0]), 1, new(1, 1), CancellationToken.None);
            return ([.. round.Train.GetColumn<float[]>("Features")], [.. round.Train.GetColumn<float>("Label")]);
        }
    }

    [TestMethod]
    public void Unknown_columns_are_refused_with_those_that_there_are()
    {
        const string Text = "a,b,y\n1,2,0\n2,1,1\n";
        CsvTable table = CsvTable.Parse(Text, "t.csv");

        Assert.AreEqual("--label: 't.csv' has no column 'z'; it has a, b, y.", Assert.ThrowsExactly<InvalidDataException>(() => Dataset.Create(table, "z", null, new())).Message);
        Assert.AreEqual(
            "--ignore: 't.csv' has no column 'z'; it has a, b, y.", Assert.ThrowsExactly<InvalidDataException>(() => Dataset.Create(table, "y", null, new() { Ignored = ["z"] })).Message);
        Assert.AreEqual(
            "--categories: 't.csv' has no column 'z'; it has a, b, y.", Assert.ThrowsExactly<InvalidDataException>(() => Dataset.Create(table, "y", null, new() { Categories = ["z"] })).Message);
    }

    [TestMethod]
    public void A_table_needs_a_label_and_a_feature()
    {
        Assert.AreEqual("'t.csv': the label 'y' is missing in all 2 rows.", Assert.ThrowsExactly<InvalidDataException>(() => Create("x,y\n1,?\n2,\n")).Message);
        Assert.AreEqual(
            "'t.csv': no column is left to predict 'y' from: x: all its cells are '1'.", Assert.ThrowsExactly<InvalidDataException>(() => Create("x,y\n1,0\n1,1\n1,0\n1,1\n")).Message);
    }

    private static Dataset Create(string text) => Dataset.Create(CsvTable.Parse(text, "t.csv"), "y", null, new());
}
