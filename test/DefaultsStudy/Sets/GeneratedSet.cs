namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>
/// Rows that the program makes: each split is a fresh draw of as many training rows, and of test rows enough that they add next to no
/// noise. Regression: Friedman's function of ten uniform features, with Gaussian noise whose standard deviation grows sixfold with one of
/// them. Classification: logits that are sums of waves over ten Gaussian features, and a class drawn from their softmax.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="TrainRows">Rows to train on.</param>
/// <param name="Classes">Number of classes; 0 for the regression.</param>
/// <param name="Role">What it was used for.</param>
internal sealed record GeneratedSet(string Name, int TrainRows, int Classes, SetRole Role)
    : StudySet(Name, Classes == 0 ? LearningTask.Regression : LearningTask.Classification, Role, null)
{
    private const int TestRows = 10_000, FeatureCount = 10, WavesPerClass = 4;

    private const int ManyRows = 100_000;

    public override OpenedSet Open(string? folder)
        => new(this, [.. Enumerable.Range(1, TrainRows > ManyRows ? 1 : 5).Select(seed => new Lazy<DataSplit>(() => Draw(new Random(seed))))]);

    private DataSplit Draw(Random random)
    {
        Func<(Example Row, double LogLikelihood)> draw = Classes == 0 ? () => DrawTarget(random) : ClassDrawer(random);
        (Example Row, double LogLikelihood)[] rows = [.. Enumerable.Range(0, TrainRows + TestRows).Select(_ => draw())];
        double truth = rows.Skip(TrainRows).Average(row => row.LogLikelihood);
        return new([.. rows.Take(TrainRows).Select(row => row.Row)], [.. rows.Skip(TrainRows).Select(row => row.Row)], Classes, Classes == 0 ? truth : -truth);
    }

    private static (Example Row, double LogLikelihood) DrawTarget(Random random)
    {
        double[] x = [.. Enumerable.Range(0, FeatureCount).Select(_ => random.NextDouble())];
        double mean = (10 * Math.Sin(Math.PI * x[0] * x[1])) + (20 * (x[2] - 0.5) * (x[2] - 0.5)) + (10 * x[3]) + (5 * x[4]);
        double deviation = 0.5 + (2.5 * x[5]);
        double noise = Gaussian(random);
        double logLikelihood = -0.5 * (Math.Log(2 * Math.PI * deviation * deviation) + (noise * noise));
        return (new Example { Features = Singles(x), Target = (float)(mean + (deviation * noise)) }, logLikelihood);
    }

    private Func<(Example Row, double LogLikelihood)> ClassDrawer(Random random)
    {
        (double[] Direction, double Phase, double Height)[][] waves =
        [
            .. Enumerable.Range(0, Classes).Select(_ => Enumerable.Range(0, WavesPerClass).Select(_ => (
                Enumerable.Range(0, FeatureCount).Select(_ => Gaussian(random) / Math.Sqrt(FeatureCount)).ToArray(),
                2 * Math.PI * random.NextDouble(),
                2 * Gaussian(random))).ToArray()),
        ];
        return () =>
        {
            double[] x = [.. Enumerable.Range(0, FeatureCount).Select(_ => Gaussian(random))];
            double[] odds = [.. waves.Select(sum => Math.Exp(sum.Sum(wave => wave.Height * Math.Sin(wave.Phase + wave.Direction.Zip(x, (a, b) => a * b).Sum()))))];
            double total = odds.Sum(), rest = total * random.NextDouble();
            int drawn = 0;
            while (drawn < Classes - 1 && rest >= odds[drawn])
                rest -= odds[drawn++];
            return (new Example { Features = Singles(x), Class = drawn }, Math.Log(odds[drawn] / total));
        };
    }

    private static float[] Singles(double[] values) => [.. values.Select(value => (float)value)];

    /// <summary>Box and Muller's transformation.</summary>
    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
