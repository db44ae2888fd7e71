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
}
