using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

/// <summary>Products of 16-bit integers, exact on every path, and rounding to them.</summary>
[TestClass]
public sealed unsafe class ShortProductTests
{
    public static IEnumerable<object[]> Paths => KernelPaths.Supported.Select(path => new object[] { path.ToString() });

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Products_are_the_integers_of_plain_loops(string path)
    {
        var product = Product(path);
        var random = new Random(3);
        foreach (int blocks in new[] { 1, 2, 5 })
        {
            foreach (int panels in new[] { 1, 2, 3, 7 })
            {
                int count = blocks * 16, largest = ShortProduct<float>.Largest(count);
                int[,] left = Integers(16, count), right = Integers(count, 16 * panels);
                AlignedBuffer<uint> leftRows = new(blocks * 128), leftPairs = new(blocks * 128), rightPairs = new(panels * blocks * 128);
                AlignedBuffer<float> result = new(panels * 256), transposed = new(panels * 256);
                for (int k = 0; k < count; k += 2)
                {
                    for (int i = 0; i < 16; i++)
                    {
                        uint pair = (ushort)left[i, k] | ((uint)left[i, k + 1] << 16);
                        leftRows.Span[(k / 16 * 128) + (i * 8) + (k % 16 / 2)] = pair;
                        leftPairs.Span[(k / 2 * 16) + i] = pair;
                    }

                    for (int j = 0; j < 16 * panels; j++)
                        rightPairs.Span[(j / 16 * blocks * 128) + (k / 2 * 16) + (j % 16)] = (ushort)right[k, j] | ((uint)right[k + 1, j] << 16);
                }

                product.Multiply(leftRows.Pointer, 128, rightPairs.Pointer, blocks * 128, panels, blocks, result.Pointer, 256, null);
                product.MultiplyTransposed(leftPairs.Pointer, rightPairs.Pointer, blocks * 128, panels, blocks, transposed.Pointer, 256, null);
                GC.KeepAlive((leftRows, leftPairs, rightPairs));
                for (int i = 0; i < 16; i++)
                {
                    for (int j = 0; j < 16 * panels; j++)
                    {
                        long expected = 0;
                        for (int k = 0; k < count; k++)
                            expected += left[i, k] * right[k, j];
                        int place = (j / 16 * 256) + (i * 16) + (j % 16);
                        Assert.AreEqual((float)expected, result.Span[place], $"[{i}, {j}] over {count}");
                        Assert.AreEqual((float)expected, transposed.Span[place], $"[{i}, {j}] over {count}, transposed");
                    }
                }

                int[,] Integers(int rows, int columns)
                {
                    var values = new int[rows, columns];
                    for (int i = 0; i < rows; i++)
                    {
                        for (int j = 0; j < columns; j++)
                            values[i, j] = random.Next(-largest, largest + 1);
                    }

                    return values;
                }
            }
        }
    }

    [TestMethod]
    public void Largest_integers_do_not_overflow_a_sum()
    {
        foreach (int count in new[] { 2, 16, 784, 1200, 100_000, 10_000_000 })
        {
            long largest = ShortProduct<float>.Largest(count);
            Assert.IsTrue(largest is >= 1 and <= short.MaxValue && largest * largest * count <= int.MaxValue, $"{largest} for {count}");
            long other = ShortProduct<float>.Largest(count / 2, (int)largest);
            Assert.IsTrue(other is >= 1 and <= short.MaxValue && other * largest * (count / 2) <= int.MaxValue, $"{other} for {count}");
            Assert.IsTrue(other == 1 || (other < short.MaxValue && (other + 1) * largest * (count / 2) <= int.MaxValue), $"{other} for {count} leaves no room to be rounded up");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Rounding_is_to_the_nearest_in_both_layouts(string path)
    {
        float[] tile = Tile(), rowFactors = Factors(1), columnFactors = Factors(2);
        uint[] rows = new uint[128], pairs = new uint[128];
        fixed (float* t = tile, r = rowFactors, c = columnFactors)
        fixed (uint* inRows = rows, inPairs = pairs)
            Product(path).Round(t, r, c, inRows, inPairs);
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 16; j++)
            {
                double exact = (double)tile[(i * 16) + j] * rowFactors[i] * columnFactors[j];
                Assert.AreEqual(exact, AtRows(rows, i, j), 0.5 + 1e-3, $"[{i}, {j}]");
                Assert.AreEqual(AtRows(rows, i, j), AtPairs(pairs, i, j), $"[{i}, {j}]");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Rounding_at_random_has_no_bias(string path)
    {
        const int Draws = 4000;
        float[] tile = Tile(), rowFactors = Factors(1), columnFactors = Factors(2);
        double[] sums = new double[256];
        double together = 0;
        var product = Product(path);
        uint[] pairs = new uint[128];
        for (uint draw = 0; draw < Draws; draw++)
        {
            fixed (float* t = tile, r = rowFactors, c = columnFactors)
            fixed (uint* p = pairs)
                product.RoundAtRandom(t, r, c, draw, p);
            double error = 0;
            for (int i = 0; i < 256; i++)
            {
                double exact = (double)tile[i] * rowFactors[i / 16] * columnFactors[i % 16], rounded = AtPairs(pairs, i / 16, i % 16);
                Assert.IsLessThanOrEqualTo(1 + 1e-3, Math.Abs(rounded - exact));
                sums[i] += rounded - exact;
                error += rounded - exact;
            }

            together += error * error;
        }

        // One rounding has a variance of at most 1/4; float products are off by 1e-4 of an integer.
        for (int i = 0; i < 256; i++)
            Assert.AreEqual(0, sums[i] / Draws, (5 * 0.5 / Math.Sqrt(Draws)) + 2e-4, $"number {i}");
        Assert.IsLessThan(256 * 0.25 * 1.2, together / Draws, "the errors of a tile add up as independent ones do");
    }

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Largest_numbers_keep_their_sign_when_they_are_rounded_at_random(string path)
    {
        // Few rows of a layer of 1,200 inputs; factors as a layer finds them, whose products are off by some thousandths of an integer.
        int most = ShortProduct<float>.Largest(16, ShortProduct<float>.Largest(1200));
        var random = new Random(7);
        float[] tile = new float[256], ones = [.. Enumerable.Repeat(1f, 16)], factors = new float[16];
        uint[] pairs = new uint[128];
        for (uint draw = 0; draw < 2000; draw++)
        {
            for (int j = 0; j < 16; j++)
            {
                float largest = random.NextSingle() + 1e-3f;
                factors[j] = (float)(most / (double)largest);
                for (int i = 0; i < 16; i++)
                    tile[(i * 16) + j] = i % 2 == 0 ? largest : -largest;
            }

            fixed (float* t = tile, r = ones, c = factors)
            fixed (uint* p = pairs)
                Product(path).RoundAtRandom(t, r, c, draw, p);
            for (int i = 0; i < 256; i++)
                Assert.AreEqual(i / 16 % 2 == 0 ? most : -most, AtPairs(pairs, i / 16, i % 16), 1);
        }
    }

    private static double AtRows(uint[] rows, int i, int j) => (short)(rows[(i * 8) + (j / 2)] >> (16 * (j % 2)));

    private static double AtPairs(uint[] pairs, int i, int j) => (short)(pairs[(i / 2 * 16) + j] >> (16 * (i % 2)));

    private static float[] Tile()
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 256).Select(_ => (float)CoreNormal(random))];
    }

    private static double CoreNormal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static float[] Factors(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 16).Select(_ => 1 + (9 * random.NextSingle()))];
    }

    private static ShortProduct<float> Product(string path) => Enum.Parse<KernelPath>(path) switch
    {
        KernelPath.Avx512 => Avx512Lanes.ShortProduct!,
        KernelPath.Avx2 => Avx2Lanes.ShortProduct!,
        KernelPath.Portable => PortableLanes.ShortProduct!,
        _ => SingleLane.ShortProduct!,
    };
}
