using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Studies;

/// <summary>
/// What a row of an epoch costs by where it is: in a set of 10⁴ rows, in one of 10⁶, and in a file of 10⁶. The trainings take turns, each after 10⁴
/// rows, so that whatever else the machine does falls on all of them.
/// </summary>
internal static class EpochStudy
{
    private const int Features = 64, Classes = 10, FewRows = 10_000, ManyRows = 1_000_000, BatchSize = 128;

    private const int StepsOfTurn = (FewRows + BatchSize - 1) / BatchSize;

    private const int Turns = 4 * ManyRows / FewRows;

    public static void Run(int threads)
    {
        using var budget = new MemoryBudget(80_000_000, Path.GetTempPath(), BatchSize, Console.Error.WriteLine, () => { });
        TrainingSet few = Create(FewRows, null), many = Create(ManyRows, null), file = Create(ManyRows, budget);
        (string Name, TrainingSet Data)[] cases = [("10,000 rows in memory", few), ("1,000,000 rows in memory", many), ("1,000,000 rows in a file", file)];
        double[][] times = TakeTurns([.. cases.Select(one => one.Data)], threads);
        Console.WriteLine($"| {Features}-100-100-{Classes}, batch {BatchSize}, {threads} threads | µs per row, median of {Turns} turns | quartiles | ÷ the turn before of 10,000 rows, median | whole epochs, mean ÷ mean |");
        Console.WriteLine("|---|---|---|---|---|");
        for (int i = 0; i < cases.Length; i++)
        {
            double[] sorted = [.. times[i].Order()];
            double[] ratios = [.. times[i].Zip(times[0], (time, first) => time / first).Order()];
            double[] level = [.. times[i].Chunk(ManyRows / FewRows).Select(epoch => epoch.Sum())], reference = [.. times[0].Chunk(ManyRows / FewRows).Select(epoch => epoch.Sum())];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {cases[i].Name} | {Median(sorted):F3} | {sorted[sorted.Length / 4]:F3} – {sorted[sorted.Length * 3 / 4]:F3} | {Median(ratios):F3} | {level.Sum() / reference.Sum():F3} |"));
        }
    }

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    private static TrainingSet Create(int rows, MemoryBudget? budget)
    {
        var result = new TrainingSet(Features, budget: budget);
        for (int row = 0; row < rows; row++)
        {
            Span<float> x = result.Add(row % Classes, 1);
            for (int i = 0; i < Features; i++)
                x[i] = ((row * 31) + (i * 17)) % 97 / 97f;
        }

        result.Complete();
        return result;
    }

    /// <summary>Microseconds per row of each set's turns; the first ones, while code is compiled, are left out.</summary>
    private static double[][] TakeTurns(TrainingSet[] sets, int threads)
    {
        const int WarmUp = ManyRows / FewRows;
        Turn[] turns = [.. sets.Select(_ => new Turn(WarmUp + Turns))];
        for (int i = 0; i < turns.Length; i++)
            turns[i].Next = turns[(i + 1) % turns.Length];
        Thread[] trainings =
        [
            .. sets.Select((set, i) => new Thread(() =>
            {
                try
                {
                    NetworkTrainer.Train(set, null, Settings(threads), null, turns[i]);
                }
                catch (OperationCanceledException)
                {
                    // It has had its turns.
                }
            })),
        ];
        foreach (Thread training in trainings)
            training.Start();
        turns[0].Begin();
        foreach (Thread training in trainings)
            training.Join();
        return [.. turns.Select(turn => turn.MicrosecondsPerRow.Skip(WarmUp).ToArray())];
    }

    private static TrainingSettings Settings(int threads) => new()
    {
        Architecture = new NetworkArchitecture { InputSize = Features, HiddenLayerSizes = [100, 100], OutputSize = Classes, Posterior = WeightPosterior.IndependentWeightNoise },
        NumberOfIterations = int.MaxValue,
        BatchSize = BatchSize,
        NumberOfThreads = threads,
    };

    /// <summary>Lets a training run for as many steps as 10⁴ rows take, and then waits for its next turn.</summary>
    private sealed class Turn(int turns) : ITrainingMonitor, IDisposable
    {
        private readonly SemaphoreSlim _mine = new(0);
        private long _start;
        private int _step = -1;

        public Turn Next { get; set; } = null!;

        public List<double> MicrosecondsPerRow { get; } = [];

        public void Begin() => _mine.Release();

        public void ThrowIfCancelled()
        {
            // The first call is before the first iteration; what follows it belongs to the first turn.
            if (_step >= 0 && _step % StepsOfTurn == 0)
            {
                if (_start != 0)
                    End();
                if (MicrosecondsPerRow.Count == turns)
                    throw new OperationCanceledException();
                _mine.Wait();
                _start = Stopwatch.GetTimestamp();
            }

            _step++;
        }

        public void IterationEnded(IterationReport report)
        {
        }

        public void Diverged(int iteration, int lastGoodIteration)
        {
        }

        public void Dispose() => _mine.Dispose();

        private void End()
        {
            MicrosecondsPerRow.Add(Stopwatch.GetElapsedTime(_start).TotalMicroseconds / FewRows);
            Next.Begin();
        }
    }
}
