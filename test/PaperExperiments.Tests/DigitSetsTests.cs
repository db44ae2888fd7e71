using Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;
using PaperExperiments.Digits;
using QuickStart.Tests;
using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class DigitSetsTests
{
    [TestMethod]
    public void Validation_takes_the_last_training_rows_and_leaves_the_test_rows_alone()
    {
        using var folder = new TemporaryFolder();
        var settings = new ExperimentSettings { DataFolder = null, Output = OutputFolder.Open(folder.Path), Quick = true, Seeds = 1 };

        DigitSets test = DigitSets.Load(settings, validation: false), validation = DigitSets.Load(settings, validation: true);

        Assert.AreEqual((1000, 300, "test"), (test.Train.Count, test.Evaluated.Count, test.EvaluatedOn));
        Assert.AreEqual((833, 167, "validation"), (validation.Train.Count, validation.Evaluated.Count, validation.EvaluatedOn));
        float[][] rows = [.. validation.Train.Concat(validation.Evaluated).Select(row => row.Features)];
        for (int i = 0; i < rows.Length; i++)
            CollectionAssert.AreEqual(test.Train[i].Features, rows[i]);
        Assert.AreNotEqual(test.Fingerprint, validation.Fingerprint);
        Assert.AreEqual(test.Fingerprint, DigitSets.Load(settings, validation: false).Fingerprint);
    }

    [TestMethod]
    [DataRow(true, false, false, true)]
    [DataRow(true, false, true, false, DisplayName = "Validation rows are no test rows.")]
    [DataRow(true, true, false, false, DisplayName = "Some test rows are not all of them.")]
    [DataRow(false, false, false, false, DisplayName = "Drawn digits are not those that errors are published of.")]
    public void Only_all_test_rows_of_given_data_are_comparable(bool isGiven, bool quick, bool validation, bool expected)
    {
        using var folder = new TemporaryFolder();
        string? data = isGiven ? SharedData.Find("mnist") : null;

        DigitSets digits = DigitSets.Load(new ExperimentSettings { DataFolder = data, Output = OutputFolder.Open(folder.Path), Quick = quick, Seeds = 1 }, validation);

        Assert.AreEqual(expected, digits.IsBenchmark);
    }
}
