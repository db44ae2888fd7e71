using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Network;

/// <summary>Sixteen rows at a time against one row at a time.</summary>
[TestClass]
public sealed unsafe class CategoricalTileTests
{
    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(10, 3)]
    [DataRow(16, 30)]
    [DataRow(37, 8)]
    public void Gradient_and_likelihood_are_those_of_the_rows(int classes, int spread)
    {
        foreach (KernelPath path in KernelPaths.Supported)
        {
            switch (path)
            {
                case KernelPath.Avx512:
                    Check<Avx512Lanes>(classes, spread);
                    break;
                case KernelPath.Avx2:
                    Check<Avx2Lanes>(classes, spread);
                    break;
                case KernelPath.Portable:
                    Check<PortableLanes>(classes, spread);
                    break;
                default:
                    Check<SingleLane>(classes, spread);
                    break;
            }
        }
    }

    [TestMethod]
    public void Gradient_of_a_class_that_is_almost_certain_keeps_its_digits()
    {
        float[] gradient = Differentiate<SingleLane>([[30, 0]], [0], 1, out _);
        Assert.AreEqual(-Math.Exp(-30), gradient[0], 1e-6 * Math.Exp(-30));
        Assert.AreEqual(Math.Exp(-30), gradient[1], 1e-6 * Math.Exp(-30));
    }

    [TestMethod]
    public void NaN_and_infinity_reach_the_likelihood()
    {
        foreach (KernelPath path in KernelPaths.Supported)
        {
            foreach (double value in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
            {
                foreach (int place in new[] { 0, 1, 2 })
                {
                    double[] row = [1, 2, 3];
                    row[place] = value;
                    Differentiate(path, [row], [1], 1, out float[] logLikelihoods);
                    Assert.IsFalse(float.IsFinite(logLikelihoods[0]), $"{path}, {value} at {place}");
                }
            }
        }
    }

    private static void Check<TLanes>(int classes, int spread)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        var random = new Random(classes);
        double[][] rows = [.. Enumerable.Range(0, 13).Select(_ => Enumerable.Range(0, classes).Select(_ => (double)(float)(spread * ((2 * random.NextDouble()) - 1))).ToArray())];
        int[] labels = [.. rows.Select(_ => random.Next(classes))];
        const double Scale = 0.25;
        float[] gradient = Differentiate<TLanes>(rows, labels, Scale, out float[] logLikelihoods);
        var reference = new CategoricalLikelihood();
        for (int i = 0; i < rows.Length; i++)
        {
            double expected = reference.Differentiate(rows[i], [labels[i]], Scale, []);
            Assert.AreEqual(expected, logLikelihoods[i], 2e-6 * Math.Max(1, Math.Abs(expected)), $"log-likelihood of row {i}");
            for (int k = 0; k < classes; k++)
                Assert.AreEqual(rows[i][k], gradient[(i * classes) + k], 1e-6 * Scale, $"row {i}, class {k}");
        }

        Assert.IsTrue(gradient.AsSpan(rows.Length * classes).IndexOfAnyExcept(0f) < 0, "rows that are not there");
    }

    private static float[] Differentiate(KernelPath path, double[][] rows, int[] labels, double scale, out float[] logLikelihoods) => path switch
    {
        KernelPath.Avx512 => Differentiate<Avx512Lanes>(rows, labels, scale, out logLikelihoods),
        KernelPath.Avx2 => Differentiate<Avx2Lanes>(rows, labels, scale, out logLikelihoods),
        KernelPath.Portable => Differentiate<PortableLanes>(rows, labels, scale, out logLikelihoods),
        _ => Differentiate<SingleLane>(rows, labels, scale, out logLikelihoods),
    };

    private static float[] Differentiate<TLanes>(double[][] rows, int[] labels, double scale, out float[] logLikelihoods)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        int classes = rows[0].Length;
        var outputs = new BlockedMatrix<float>(16, classes);
        AlignedBuffer<float> labelLanes = new(16), scales = new(16), likelihoodLanes = new(16), scratch = new(outputs.Panels * 256);
        for (int i = 0; i < rows.Length; i++)
        {
            labelLanes.Span[i] = labels[i];
            scales.Span[i] = (float)scale;
            for (int k = 0; k < classes; k++)
                outputs[i, k] = (float)rows[i][k];
        }

        CategoricalTile<TLanes, float>.Differentiate(outputs.At(0, 0), outputs.PanelStride, classes, labelLanes.Pointer, scales.Pointer, 1e-30, scratch.Pointer, likelihoodLanes.Pointer);
        logLikelihoods = likelihoodLanes.Span.ToArray();
        float[] gradient = new float[16 * classes];
        for (int i = 0; i < 16; i++)
        {
            for (int k = 0; k < classes; k++)
                gradient[(i * classes) + k] = outputs[i, k];
        }

        GC.KeepAlive((outputs, labelLanes, scales, scratch));
        return gradient;
    }
}
