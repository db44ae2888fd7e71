using Microsoft.ML;
using Pipeline.Data;
using QuickStart.Tests;

namespace Pipeline.Tests;

[TestClass]
public sealed class CensusFileTests
{
    [TestMethod]
    public void Rows_are_read_as_they_were_written()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "census.csv");
        CensusRow[] rows = [.. GeneratedCensus.Draw(600, seed: 3)];
        using (FileStream stream = File.Create(file))
            CensusFile.Write(stream, rows, labelled: true);
        var mlContext = new MLContext();

        CensusRow[] read = [.. mlContext.Data.CreateEnumerable<CensusRow>(CensusFile.Load(mlContext, file, labelled: true), reuseRowObject: false)];

        Assert.IsTrue(rows.Any(row => float.IsNaN(row.HoursPerWeek)), "No hours are missing: the test tests less than it should.");
        Assert.HasCount(rows.Length, read);
        foreach ((CensusRow row, CensusRow other) in rows.Zip(read))
        {
            foreach (var property in typeof(CensusRow).GetProperties())
                Assert.AreEqual(property.GetValue(row), property.GetValue(other), property.Name);
        }
    }

    [TestMethod]
    public void A_question_mark_is_a_number_that_is_not_known_and_a_category_like_others()
    {
        using var folder = new TemporaryFolder();
        string text = string.Join(", ", CensusFile.Headers) + "\n?, ?, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, , United-States, 1\n\n";
        string file = folder.Write("census.csv", [.. System.Text.Encoding.UTF8.GetBytes(text)]);
        var mlContext = new MLContext();

        CensusRow row = mlContext.Data.CreateEnumerable<CensusRow>(CensusFile.Load(mlContext, file, labelled: true), reuseRowObject: false).Single();

        Assert.IsTrue(float.IsNaN(row.Age) && float.IsNaN(row.HoursPerWeek));
        Assert.AreEqual("?", row.Workclass);
        Assert.AreEqual(77516, row.FinalWeight);
        Assert.IsTrue(row.Label);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Rows_to_score_may_have_labels_and_need_none(bool labelled)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "census.csv");
        CensusRow[] rows = [.. GeneratedCensus.Draw(50, seed: 3)];
        using (FileStream stream = File.Create(file))
            CensusFile.Write(stream, rows, labelled);
        var mlContext = new MLContext();

        CensusRow[] read = [.. mlContext.Data.CreateEnumerable<CensusRow>(CensusFile.Load(mlContext, file, labelled: false), reuseRowObject: false)];

        CollectionAssert.AreEqual(rows.Select(row => row.NativeCountry).ToArray(), read.Select(row => row.NativeCountry).ToArray());
        CollectionAssert.AreEqual(rows.Select(row => labelled && row.Label).ToArray(), read.Select(row => row.Label).ToArray());
    }

    [TestMethod]
    public void The_same_seed_draws_the_same_rows_and_another_others()
    {
        Assert.AreEqual(Text(1), Text(1));
        Assert.AreNotEqual(Text(1), Text(2));

        static string Text(int seed)
        {
            using var stream = new MemoryStream();
            CensusFile.Write(stream, GeneratedCensus.Draw(100, seed), labelled: true);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
    }
}
