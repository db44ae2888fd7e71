using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Calibration;

/// <summary>What a regressor says of a row.</summary>
internal sealed class ScoredNumber
{
    public float Label { get; set; }

    public float Score { get; set; }

    public float ScoreStandardDeviation { get; set; } = 1;

    public float Weight { get; set; } = 1;
}

/// <summary>An interval that somebody made.</summary>
internal sealed class ScoredInterval
{
    public float Label { get; set; }

    public float Score { get; set; }

    public float ScoreLowerBound { get; set; }

    public float ScoreUpperBound { get; set; }
}

/// <summary>What a binary classifier says of a row.</summary>
internal sealed class ScoredBinary
{
    public bool Label { get; set; }

    public float Score { get; set; }

    public float Probability { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>What a classifier of three classes says of a row.</summary>
internal sealed class ScoredClass
{
    public const uint Missing = uint.MaxValue;

    /// <summary>Counted from 0; ML.NET takes <see cref="Missing"/> for a missing one.</summary>
    [KeyType(3)]
    public uint Label { get; set; }

    /// <summary>The class of the greatest score, the first where several are.</summary>
    [KeyType(3)]
    public uint PredictedLabel => (uint)Array.IndexOf(Score, Score.Max());

    [VectorType(3)]
    public float[] Score { get; set; } = [];

    public float Weight { get; set; } = 1;
}

/// <summary>Scored rows from known distributions.</summary>
internal static class ScoredData
{
    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Labels of a known mean with noise of a standard deviation from 0.2 to 3.2; the standard deviation that is told is 1.7 times too small.</summary>
    public static List<ScoredNumber> Numbers(int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<ScoredNumber>(count);
        for (int i = 0; i < count; i++)
        {
            double deviation = 0.2 + (3 * random.NextDouble()), score = 10 * Normal(random);
            rows.Add(new ScoredNumber { Label = (float)(score + (deviation * Normal(random))), Score = (float)score, ScoreStandardDeviation = (float)(deviation / 1.7) });
        }

        return rows;
    }

    /// <summary>Logits that are <paramref name="temperature"/> times those that the labels are drawn with.</summary>
    public static List<ScoredBinary> Binary(int count, double temperature, int seed)
    {
        var random = new Random(seed);
        var rows = new List<ScoredBinary>(count);
        for (int i = 0; i < count; i++)
        {
            double logit = 2 * Normal(random), score = logit * temperature;
            rows.Add(new ScoredBinary { Label = random.NextDouble() < Sigmoid(logit), Score = (float)score, Probability = (float)Sigmoid(score) });
        }

        return rows;
    }

    /// <summary>The same for three classes: probabilities of such logits.</summary>
    public static List<ScoredClass> Classes(int count, double temperature, int seed)
    {
        var random = new Random(seed);
        var rows = new List<ScoredClass>(count);
        for (int i = 0; i < count; i++)
        {
            double[] logits = [1.5 * Normal(random), 1.5 * Normal(random), 1.5 * Normal(random)], actual = Softmax(logits, 1);
            double draw = random.NextDouble();
            uint label = draw < actual[0] ? 0u : draw < actual[0] + actual[1] ? 1u : 2u;
            rows.Add(new ScoredClass { Label = label, Score = [.. Softmax(logits, temperature).Select(p => (float)p)] });
        }

        return rows;
    }

    /// <summary>Makes every fifth label another one.</summary>
    public static List<TestRow> MixUp(List<TestRow> rows)
    {
        for (int i = 0; i < rows.Count; i += 5)
        {
            rows[i].Label = TestData.Classes[(i + 1) % 3];
            rows[i].IsRed = !rows[i].IsRed;
        }

        return rows;
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double[] Softmax(double[] logits, double inverseTemperature)
    {
        double[] powers = [.. logits.Select(logit => Math.Exp(logit * inverseTemperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
