using System.Globalization;
using PaperExperiments.Digits;
using PaperExperiments.Published;
using Samples;

namespace PaperExperiments.Mnist;

/// <summary>The errors by method and units, beside the paper's, and the differences between learned and given rates.</summary>
internal static class MnistTable
{
    public static ResultTable Make(bool quick, DigitSets digits, IReadOnlyList<MnistRunSettings> runs, IReadOnlyList<MnistRunResult> results)
    {
        var table = new ResultTable(
            "mnist",
            $"Error on handwritten digits, three hidden layers, {digits.EvaluatedOn} rows",
            quick,
            new("method", IsKey: true),
            new("units", IsKey: true),
            new("evaluated on"),
            new("seeds"),
            new("error %", "F3"),
            new("standard error", "F3"),
            new("sampled error %", "F3"),
            new("sampled standard error", "F3"),
            new("published error %", "0.00#"),
            new("ours − published", "F3"),
            new("seconds per epoch", "F2"));

        var cells = runs.Zip(results, (run, result) => (Run: run, Result: result)).GroupBy(pair => (pair.Run.Method, pair.Run.Units)).ToDictionary(
            group => group.Key,
            group => group.OrderBy(pair => pair.Run.Seed).Select(pair => pair.Result).ToArray());
        string[] methods = [.. MnistMethod.All.Select(method => method.Name)];
        int[] sizes = [.. runs.Select(run => run.Units).Distinct()];
        foreach (string method in methods)
        {
            foreach (int units in sizes)
            {
                if (!cells.TryGetValue((method, units), out MnistRunResult[]? seeds))
                    continue;
                double? published = PublishedMnist.Error(method, units);
                Estimate error = Estimate.Of([.. seeds.Select(run => run.ErrorPercent)]), sampled = Estimate.Of([.. seeds.Select(run => run.SampledErrorPercent)]);

                // An error on other rows has no difference from the paper's.
                double? difference = digits.IsBenchmark ? error.Mean - published : null;
                table.Add(method, units, digits.EvaluatedOn, seeds.Length, error.Mean, error.StandardError, sampled.Mean, sampled.StandardError, published, difference, seeds.Average(run => run.SecondsPerEpoch));
            }
        }

        foreach ((string learned, string given) in MnistMethod.Pairs)
        {
            foreach (int units in sizes)
            {
                if (!cells.TryGetValue((learned, units), out MnistRunResult[]? left) || !cells.TryGetValue((given, units), out MnistRunResult[]? right))
                    continue;
                Estimate error = Difference(left, right, run => run.ErrorPercent), sampled = Difference(left, right, run => run.SampledErrorPercent);
                double? published = PublishedMnist.Error(learned, units) - PublishedMnist.Error(given, units);
                table.Add($"{learned} − {given}", units, digits.EvaluatedOn, left.Length, error.Mean, error.StandardError, sampled.Mean, sampled.StandardError, published, null, null);
            }
        }

        MnistRunSettings any = runs[0];
        string iterations = string.Join(", ", runs.GroupBy(run => run.Iterations).Select(group => string.Create(
            CultureInfo.InvariantCulture, $"{group.Key} (of {string.Join(", ", group.Select(run => run.Units).Distinct())} units)")));
        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{digits.Train.Count:N0} training rows of {digits.Source}, errors on {digits.Evaluated.Count:N0} {digits.EvaluatedOn} rows; mean and standard error over seeds. Of the last parameters: posterior mean, and the average over {any.Samples} samples."));
        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"Iterations: {iterations}; batches of {any.BatchSize}, learning rate {any.LearningRate} ({any.LearningRateSchedule}), weight decay {any.WeightDecay}, parameter averaging {(any.ParameterAveraging ? "on" : "off")}; dropout {any.InputDropoutRate} of the pixels and {any.HiddenDropoutRate} of the units, given or as the start; α ≤ {any.MaximumDropoutVariance}."));
        table.Notes.Add(string.Join("; ", MnistMethod.All.Where(method => runs.Any(run => run.Method == method.Name)).Select(method => $"{method.Name}: {method.Description}")) + ".");
        table.Notes.Add("Differences of two methods: seed by seed, in points.");
        table.Notes.Add("Seconds of the whole command: since it was last started. What it found finished then is not in them.");
        table.Notes.Add(PublishedMnist.Source);
        return table;
    }

    private static Estimate Difference(MnistRunResult[] left, MnistRunResult[] right, Func<MnistRunResult, double> figure)
        => Estimate.OfPairedDifference([.. left.Select(figure)], [.. right.Select(figure)]);
}
