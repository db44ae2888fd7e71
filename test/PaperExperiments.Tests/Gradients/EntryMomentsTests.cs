using PaperExperiments.Gradients;

namespace PaperExperiments.Tests.Gradients;

[TestClass]
public sealed class EntryMomentsTests
{
    private const int Entries = 48, Part = 16, Draws = 37;

    /// <summary>Means far from zero, where a sum of squares would lose its digits, and parts that come in any order.</summary>
    [TestMethod]
    public void Moments_are_those_of_two_passes()
    {
        var random = new Random(3);
        float[][] gradients = [.. Enumerable.Range(0, Draws).Select(_ => Enumerable.Range(0, Entries).Select(i => (float)((1000 * i) + ((i + 1) * (random.NextDouble() - 0.5)))).ToArray())];
        var moments = new EntryMoments(Entries, Entries);
        foreach (float[] gradient in gradients)
        {
            moments.BeginDraw();
            foreach (int part in Enumerable.Range(0, Entries / Part).OrderBy(_ => random.Next()))
                moments.Add(part * Part, gradient.AsSpan(part * Part, Part));
            moments.EndDraw();
        }

        double sum = 0;
        for (int i = 0; i < Entries; i++)
        {
            double mean = gradients.Average(gradient => (double)gradient[i]);
            double variance = gradients.Sum(gradient => (gradient[i] - mean) * (gradient[i] - mean)) / (Draws - 1);
            Assert.AreEqual(mean, moments.Means[i], 1e-9 * (1 + mean));
            Assert.AreEqual(variance, moments.Variance(i), 1e-9 * variance);
            Assert.AreEqual(variance / Draws, moments.VarianceOfMean(i), 1e-9 * variance);
            sum += variance;
        }

        Assert.AreEqual(sum / Entries, moments.MeanVariance, 1e-9 * sum / Entries);
        Assert.HasCount(Draws - 1, moments.Residuals);
    }

    /// <summary>What the bootstrap draws from: each residual alone has the expectation of the sum of the variances, the first as well as the last.</summary>
    [TestMethod]
    public void Every_residual_estimates_the_sum_of_the_variances()
    {
        const int Repetitions = 4000, FewDraws = 4;
        var random = new Random(8);
        double[] sums = new double[FewDraws - 1];
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            var moments = new EntryMoments(Part, Part);
            for (int draw = 0; draw < FewDraws; draw++)
            {
                moments.BeginDraw();
                moments.Add(0, [.. Enumerable.Range(0, Part).Select(i => i * (float)Math.Sqrt(12) * (random.NextSingle() - 0.5f))]);
                moments.EndDraw();
            }

            for (int i = 0; i < sums.Length; i++)
                sums[i] += moments.Residuals[i] / Repetitions;
        }

        double expected = Enumerable.Range(0, Part).Sum(i => (double)i * i);
        foreach (double sum in sums)
            Assert.AreEqual(expected, sum, 0.03 * expected);
    }

    [TestMethod]
    public void Padding_does_not_dilute_the_mean()
    {
        var moments = new EntryMoments(Part, entries: 2);
        foreach (float value in new[] { 1f, 3f })
        {
            float[] gradient = new float[Part];
            gradient[0] = gradient[1] = value;
            moments.BeginDraw();
            moments.Add(0, gradient);
            moments.EndDraw();
        }

        Assert.AreEqual(2, moments.MeanVariance, 1e-12);
    }
}
