using System.Globalization;
using PaperExperiments.Digits;
using PaperExperiments.Published;
using Samples;

namespace PaperExperiments.Sparsify;

/// <summary>Errors and sizes of the pruned networks, ours and published ones.</summary>
internal static class SparsifyTable
{
    public static ResultTable Make(
        bool quick, DigitSets digits, SparsifyRunSettings settings, IReadOnlyList<SparsifyRunResult> sparse, IReadOnlyList<SparsifyRunResult> plain)
    {
        var table = new ResultTable(
            "sparsify",
            $"LeNet-300-100 on handwritten digits, pruned, {digits.EvaluatedOn} rows",
            quick,
            new("method", IsKey: true),
            new("source", IsKey: true),
            new("evaluated on"),
            new("seeds"),
            new("error %", "F2"),
            new("standard error", "F2"),
            new("sparsity per layer %"),
            new("compression", "0.#"),
            new("compression standard error", "F1"),
            new("dense compression", "F1"),
            new("layer sizes"),
            new("seconds per epoch", "F2"));

        AddUnpruned("plain network", plain);
        AddPruned($"magnitude pruning, as many weights as {ByVariance(settings.PruningThresholds[0])}", plain, 0);
        for (int i = 0; i < SparsifyDefaults.MagnitudeCompressions.Length; i++)
            AddPruned(string.Create(CultureInfo.InvariantCulture, $"magnitude pruning, {SparsifyDefaults.MagnitudeCompressions[i]}×"), plain, i + 1);
        AddUnpruned("Gaussian posterior before pruning", sparse);
        for (int i = 0; i < settings.PruningThresholds.Count; i++)
            AddPruned(ByVariance(settings.PruningThresholds[i]), sparse, i);
        foreach (PublishedSparsity.Row row in PublishedSparsity.Rows)
            table.Add(row.Method, "published", "test", null, row.ErrorPercent, null, row.LayerSparsity, row.Compression, null, null, null, null);

        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{digits.Train.Count:N0} training rows of {digits.Source}, errors of the last parameters' posterior mean on {digits.Evaluated.Count:N0} {digits.EvaluatedOn} rows; mean and standard error over seeds."));
        table.Notes.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{settings.Iterations} iterations, batches of {settings.BatchSize}, learning rate {settings.LearningRate} ({settings.LearningRateSchedule}); the divergence's weight rises from 0 after iteration {settings.WarmUpStart} to 1 at {settings.WarmUpEnd}."));
        table.Notes.Add("Compression: weights ÷ surviving weights. Dense compression: weights ÷ those of the layers, zeros included, that are left once units and features without weights are removed. Networks are not trained after pruning.");
        table.Notes.Add("Seconds of the whole command: since it was last started. What it found finished then is not in them.");
        table.Notes.Add(PublishedSparsity.Source);
        return table;

        static string ByVariance(double threshold) => string.Create(CultureInfo.InvariantCulture, $"sparse variational dropout, log α ≥ {threshold} removed");

        void AddUnpruned(string method, IReadOnlyList<SparsifyRunResult> runs)
        {
            Estimate error = Estimate.Of([.. runs.Select(run => run.ErrorPercent)]);
            table.Add(method, "ours", digits.EvaluatedOn, runs.Count, error.Mean, error.StandardError, null, 1.0, null, 1.0, null, runs.Average(run => run.SecondsPerEpoch));
        }

        void AddPruned(string method, IReadOnlyList<SparsifyRunResult> runs, int which)
        {
            PrunedNetwork[] networks = [.. runs.Select(run => run.Pruned[which]).OfType<PrunedNetwork>()];
            if (networks.Length < runs.Count)
            {
                // A mean of those that are left would hide the others.
                table.Add($"{method}: nothing left of {runs.Count - networks.Length}", "ours", digits.EvaluatedOn, runs.Count, null, null, null, null, null, null, null, null);
                return;
            }

            Estimate error = Estimate.Of([.. networks.Select(network => network.ErrorPercent)]), compression = Estimate.Of([.. networks.Select(network => network.Compression)]);
            table.Add(
                method,
                "ours",
                digits.EvaluatedOn,
                networks.Length,
                error.Mean,
                error.StandardError,
                string.Join('–', MeanPerLayer(network => network.LayerSparsityPercent).Select(percent => percent.ToString("F1", CultureInfo.InvariantCulture))),
                compression.Mean,
                compression.StandardError,
                networks.Average(network => network.DenseCompression),
                string.Join('–', MeanPerLayer(network => [.. network.LayerSizes.Select(size => (double)size)]).Select(size => size.ToString("F0", CultureInfo.InvariantCulture))),
                null);

            double[] MeanPerLayer(Func<PrunedNetwork, IReadOnlyList<double>> figures)
                => [.. Enumerable.Range(0, figures(networks[0]).Count).Select(layer => networks.Average(network => figures(network)[layer]))];
        }
    }
}
