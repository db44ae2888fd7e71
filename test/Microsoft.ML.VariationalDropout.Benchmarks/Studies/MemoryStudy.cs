using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>The peak of the working set of a <c>Fit</c> in a process of its own, above what it was just before, against its bound.</summary>
internal static class MemoryStudy
{
    private static readonly Case[] Cases =
    [
        new("dense, many rows", 1_000_000, 64, [128, 128]),
        new("dense, validation and early stopping", 1_000_000, 64, [128, 128]) { Change = o => (o.ValidationSetFraction, o.EarlyStoppingPatience) = (0.1, 2), ExtraPerWeight = 4 },
        new("dense, narrow rows", 8_000_000, 8, [16]),
        new("dense, in a file", 2_000_000, 64, [128, 128]) { Change = o => o.MemoryBudgetMegabytes = 100 },
        new("dense, many weights", 20_000, 784, [1200, 1200, 1200]),
        new("dense, many weights, averaged", 20_000, 784, [1200, 1200, 1200]) { Change = o => o.ParameterAveraging = true, ExtraPerWeight = 4 },
        new("dense, many weights, Gaussian", 20_000, 784, [1200, 1200, 1200]) { Change = o => o.Posterior = WeightPosterior.Gaussian },
        new("dense, many weights, Gaussian, validation and early stopping", 20_000, 784, [1200, 1200, 1200])
        {
            Change = o => (o.Posterior, o.ValidationSetFraction, o.EarlyStoppingPatience) = (WeightPosterior.Gaussian, 0.1, 2),
            ExtraPerWeight = 4,
        },
        new("dense, large minibatch", 200_000, 64, [512, 512]) { Change = o => o.BatchSize = 8192 },
        new("sparse, many rows", 500_000, 1 << 12, [16]) { Present = 40 },
        new("sparse, in a file", 1_000_000, 1 << 12, [16]) { Present = 40, Change = o => o.MemoryBudgetMegabytes = 100 },
        new("sparse, many weights", 20_000, 1 << 17, [64]) { Present = 40 },
        new("sparse, many weights, Gaussian", 5_000, 1 << 17, [64]) { Present = 40, Change = o => o.Posterior = WeightPosterior.Gaussian },
    ];

    public static void Run(string? number)
    {
        if (number is not null)
        {
            Measure(Cases[int.Parse(number, CultureInfo.InvariantCulture)]);
            return;
        }

        Console.WriteLine("| case | rows | network | rows MB | 20 B per learned number MB | what options need MB | 24 B × batch × units MB | bound MB | peak MB | of the bound |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        for (int i = 0; i < Cases.Length; i++)
        {
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(MemoryStudy).Assembly.Location, "--study", "memory", i.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            Console.Write(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
        }
    }

    private const int BatchSize = 128;

    private static void Measure(Case one)
    {
        var mlContext = new MLContext(seed: 1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, one.Features);
        IDataView data = mlContext.Data.LoadFromEnumerable(Rows(one), schema);
        var options = new VariationalDropoutBinaryTrainer.Options { HiddenLayerSizes = one.Hidden, NumberOfIterations = 3, BatchSize = BatchSize, Activation = Activation.Relu, Posterior = WeightPosterior.IndependentWeightNoise };
        one.Change(options);
        var trainer = mlContext.BinaryClassification.Trainers.VariationalDropout(options);
        GC.Collect();
        double before = ResetPeak();
        var transformer = trainer.Fit(data);
        double peak = Peak() - before;

        double rows = (one.Present > 0 ? (8.0 * one.Present) + 12 : 4.0 * (one.Features + 2)) * one.Rows / 1e6;
        double rowsInMemory = options.MemoryBudgetMegabytes is int budget ? Math.Min(budget, rows) : rows;
        double weights = 20.0 * transformer.Model.ParameterCount / 1e6, extra = (double)one.ExtraPerWeight * transformer.Model.ParameterCount / 1e6;
        double units = (one.Present > 0 ? 0 : one.Features) + one.Hidden.Sum() + 1;
        double activations = 24 * units * (options.BatchSize ?? BatchSize) / 1e6;
        double bound = (1.05 * rowsInMemory) + weights + extra + activations + 64;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {one.Name} | {one.Rows:N0} | {one.Features}-{string.Join('-', one.Hidden)}-1 | {rows:F0}{(rowsInMemory < rows ? $", {rowsInMemory:F0} allowed" : "")} | {weights:F0} | {extra:F0} | {activations:F0} | {bound:F0} | {peak:F0} | {peak / bound:P0} |"));
    }

    private static IEnumerable<Row> Rows(Case one)
    {
        var row = new Row();
        float[] values = new float[one.Present > 0 ? one.Present : one.Features];
        int[] indices = new int[one.Present];
        for (int i = 0; i < one.Rows; i++)
        {
            for (int n = 0; n < values.Length; n++)
                values[n] = 1 + ((((uint)i * 2654435761u) + ((uint)n * 40503u)) % 997 / 997f);
            for (int n = 0; n < indices.Length; n++)
                indices[n] = (n * (one.Features / one.Present)) + (int)(((uint)i * 2654435761u) >> 7) % (one.Features / one.Present);
            row.Label = i % 3 == 0;
            row.Features = one.Present > 0 ? new VBuffer<float>(one.Features, one.Present, values, indices) : new VBuffer<float>(one.Features, values);
            yield return row;
        }
    }

    /// <summary>The working set in MB. From now on the peak is counted, where the system can.</summary>
    private static double ResetPeak()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static double Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private sealed record Case(string Name, int Rows, int Features, int[] Hidden)
    {
        /// <summary>Features of a row that are not zero; 0 for dense rows.</summary>
        public int Present { get; init; }

        public Action<VariationalDropoutOptions> Change { get; init; } = _ => { };

        /// <summary>Bytes for each learned number that the documentation of the options adds.</summary>
        public int ExtraPerWeight { get; init; }
    }

    private sealed class Row
    {
        public bool Label { get; set; }

        public VBuffer<float> Features { get; set; }
    }
}
