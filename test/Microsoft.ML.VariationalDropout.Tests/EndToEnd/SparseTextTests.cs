using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;

/// <summary>Text hashed to 2^17 slots: memory grows with the words and the weights, never with rows × slots.</summary>
[TestClass]
public sealed class SparseTextTests
{
    private const int Rows = 1500, Slots = 1 << 17, Units = 16, WordsOfText = 40;

    [TestMethod]
    [DataRow(nameof(WeightPosterior.CorrelatedWeightNoise), 20)]
    [DataRow(nameof(WeightPosterior.IndependentWeightNoise), 25)]
    [DataRow(nameof(WeightPosterior.Gaussian), 40)]
    public void Training_on_hashed_text_keeps_within_the_weights_and_the_words(string posterior, int bytesPerWeight)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "TrainOnText", configuration, "TrainOnText.dll"));
        var start = new ProcessStartInfo("dotnet", ["exec", program, $"{Rows}", posterior]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        double[] figures = [.. output.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture))];
        (double before, double afterFit, double peak, double auc, double features, double learned) = (figures[0], figures[1], figures[2], figures[3], figures[4], figures[5]);
        Assert.AreEqual(Slots, features);

        // A Fit: the rows, 20 bytes for each learned number, and 64 MB.
        double rows = Rows * ((8.0 * WordsOfText) + 12) / 1e6;
        Assert.IsLessThan((1.05 * rows) + (20 * learned / 1e6) + 64, afterFit - before);

        // What docs/when-to-use.md says of a process that trains and then samples, and 64 MB for the rows, by far the least, and what runs them.
        double allowed = (bytesPerWeight * (double)Slots * Units / 1e6) + 64;
        Assert.IsLessThan(allowed, peak - before, $"of the {(double)Rows * Slots * sizeof(float) / 1e6:F0} MB that dense rows would take");
        Assert.IsGreaterThan(0.9, auc);
    }
}
