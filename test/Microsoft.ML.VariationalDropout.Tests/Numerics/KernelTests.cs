using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

/// <summary>Every kernel path that the machine supports against plain loops in double precision.</summary>
[TestClass]
public sealed unsafe class KernelTests
{
    public static IEnumerable<object[]> Paths => KernelPaths.Supported.Select(path => new object[] { path.ToString() });

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Products_equal_plain_loops(string path) => Dispatch(path, new Products());

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Single_row_product_has_the_bits_of_the_tile(string path) => Dispatch(path, new SingleRow());

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Narrow_product_has_the_bits_of_the_tile_and_leaves_other_units_alone(string path) => Dispatch(path, new Narrow());

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Narrow_gradients_have_the_bits_of_the_tile(string path) => Dispatch(path, new NarrowGradients());

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Elementary_functions_are_accurate(string path) => Dispatch(path, new Functions());

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Compression_of_outliers_is_accurate_odd_and_monotone(string path) => Dispatch(path, new Compression());

    [TestMethod]
    public void Erf_in_double_precision_has_its_known_values()
    {
        Assert.AreEqual(0.1124629160182849, SpecialFunctions.Erf(0.1), 1e-15);
        Assert.AreEqual(0.8427007929497149, SpecialFunctions.Erf(1), 1e-15);
        Assert.AreEqual(-0.9953222650189527, SpecialFunctions.Erf(-2), 1e-15);
        Assert.AreEqual(1, SpecialFunctions.Erf(7), 1e-15);
    }

    [TestMethod]
    [DataRow("avx1024", "'avx1024'")]
    [DataRow("2", "'2'")]
    [DataRow("+1", "'+1'")]
    [DataRow("Portable,Avx2", "'Portable,Avx2'")]
    public void Unknown_path_is_refused_by_name(string forced, string expected)
    {
        var exception = Assert.ThrowsExactly<NotSupportedException>(() => KernelPaths.Choose(forced));
        Assert.Contains(expected, exception.Message);
        Assert.Contains(KernelPaths.Variable, exception.Message);
        Assert.Contains("Scalar, Portable, Avx2, Avx512", exception.Message);
    }

    [TestMethod]
    public void Forced_path_is_taken_or_refused_with_the_missing_feature()
    {
        foreach (var path in Enum.GetValues<KernelPath>())
        {
            if (KernelPaths.MissingFeature(path) is not { } missing)
                Assert.AreEqual(path, KernelPaths.Choose(path.ToString()));
            else
                Assert.Contains(missing, Assert.ThrowsExactly<NotSupportedException>(() => KernelPaths.Choose(path.ToString())).Message);
        }

        Assert.AreEqual(KernelPaths.Supported.Max(), KernelPaths.Choose(null));
    }

    private static void Dispatch(string path, ICheck check)
    {
        switch (Enum.Parse<KernelPath>(path))
        {
            case KernelPath.Scalar:
                check.Run<SingleLane>();
                break;
            case KernelPath.Portable:
                check.Run<PortableLanes>();
                break;
            case KernelPath.Avx2:
                check.Run<Avx2Lanes>();
                break;
            case KernelPath.Avx512:
                check.Run<Avx512Lanes>();
                break;
            default:
                Assert.Fail($"No check for the path {path}.");
                break;
        }
    }

    private static BlockedMatrix<float> RandomMatrix(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var result = new BlockedMatrix<float>(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                result[i, j] = (random.NextSingle() * 2) - 1;
        }

        return result;
    }

    private interface ICheck
    {
        void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>;
    }

    private sealed class Products : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            foreach (int count in new[] { 1, 3, 15, 16, 17, 40, 133 })
            {
                // Seven panels: all sizes of a register tile. The result has a panel before and one after it that must stay as they are.
                foreach (int panels in new[] { 1, 2, 3, 7 })
                {
                    var left = RandomMatrix(32, count, count);
                    var right = RandomMatrix(count, 16 * (panels + 1), count + 1);
                    var result = RandomMatrix(16, 16 * (panels + 2), 3);
                    float[] before = result.Buffer.Span.ToArray();
                    TileProduct<TLanes, float>.Multiply(left.At(0, 16), left.PanelStride, right.At(1, 0), right.PanelStride, panels, count, result.At(1, 0), result.PanelStride);
                    Compare(result, panels, count, (i, j, k) => (double)left[16 + i, k] * right[k, 16 + j]);
                    CheckMargins(before, result);

                    var tall = RandomMatrix(count, 32, count + 2);
                    TileProduct<TLanes, float>.MultiplyTransposed(tall.At(1, 0), right.At(1, 0), right.PanelStride, panels, count, result.At(1, 0), result.PanelStride);
                    Compare(result, panels, count, (i, j, k) => (double)tall[k, 16 + i] * right[k, 16 + j]);
                    CheckMargins(before, result);
                }
            }

            var source = RandomMatrix(16, 16, 4);
            var transposed = new BlockedMatrix<float>(16, 16);
            TLanes.Transpose(source.At(0, 0), transposed.At(0, 0));
            for (int i = 0; i < 256; i++)
                Assert.AreEqual(source[i / 16, i % 16], transposed[i % 16, i / 16]);
        }

        private static void Compare(BlockedMatrix<float> actual, int panels, int count, Func<int, int, int, double> term)
        {
            for (int i = 0; i < 16; i++)
            {
                for (int j = 0; j < 16 * panels; j++)
                    Assert.AreEqual(Enumerable.Range(0, count).Sum(k => term(i, j, k)), actual[i, 16 + j], 2e-6 * Math.Sqrt(count), $"[{i}, {j}] over {count}");
            }
        }

        private static void CheckMargins(float[] before, BlockedMatrix<float> result)
        {
            ReadOnlySpan<float> after = result.Buffer.Span;
            Assert.IsTrue(after[..256].SequenceEqual(before.AsSpan(0, 256)) && after[^256..].SequenceEqual(before.AsSpan(before.Length - 256)));
        }
    }

    private sealed class SingleRow : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            // Whole groups of panels, and every number of panels that is left.
            foreach (int columns in new[] { 5, 16, 20, 48, 64, 80, 90, 112, 128, 144, 270 })
            {
                const int Count = 77;
                var left = RandomMatrix(16, Count, 1);
                var right = RandomMatrix(Count, columns, 2);
                var row = new AlignedBuffer<float>(80);
                for (int k = 0; k < Count; k++)
                    row.Pointer[k] = left[9, k];
                var actual = new AlignedBuffer<float>(right.Panels * 16);
                RowProduct<TLanes, float>.Multiply(row.Pointer, right.At(0, 0), right.PanelStride, right.Panels, Count, actual.Pointer);
                var tile = new BlockedMatrix<float>(16, 16);
                for (int panel = 0; panel < right.Panels; panel++)
                {
                    TileProduct<TLanes, float>.Multiply(left.At(0, 0), left.PanelStride, right.At(panel, 0), Count, tile.At(0, 0));
                    for (int j = 0; j < 16; j++)
                        Assert.AreEqual(BitConverter.SingleToUInt32Bits(tile[9, j]), BitConverter.SingleToUInt32Bits(actual.Pointer[(panel * 16) + j]), $"{columns} columns");
                }
            }
        }
    }

    private sealed class NarrowGradients : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            for (int columns = 1; columns <= NarrowGradient<TLanes, float>.MaximumColumns; columns++)
            {
                // AᵀG: the padding columns of G are zero, as in a layer.
                foreach (int count in new[] { 1, 16, 48, 130 })
                {
                    BlockedMatrix<float> a = RandomMatrix(count, 16, 1), g = RandomMatrix(count, columns, 2), actual = RandomMatrix(16, 16, 3), expected = new(16, 16);
                    TileProduct<TLanes, float>.MultiplyTransposed(a.At(0, 0), g.At(0, 0), count, expected.At(0, 0));
                    NarrowGradient<TLanes, float>.MultiplyTransposed(a.At(0, 0), g.At(0, 0), columns, count, actual.At(0, 0));
                    GC.KeepAlive((a, g));
                    Assert.IsTrue(expected.Buffer.Span.SequenceEqual(actual.Buffer.Span), $"{columns} columns over {count}");
                }

                // Gθᵀ of 16 rows, which the tile has transposed: inputs × rows.
                BlockedMatrix<float> gradient = RandomMatrix(16, columns, 4), weights = RandomMatrix(16, columns, 5), transposed = new(16, 16), product = new(16, 16);
                TLanes.Transpose(gradient.At(0, 0), transposed.At(0, 0));
                TileProduct<TLanes, float>.Multiply(weights.At(0, 0), weights.PanelStride, transposed.At(0, 0), columns, product.At(0, 0));
                BlockedMatrix<float> taken = new(16, 16), narrow = RandomMatrix(16, 16, 6);
                NarrowGradient<TLanes, float>.TakeColumns(weights.At(0, 0), columns, taken.At(0, 0));
                NarrowGradient<TLanes, float>.Multiply(gradient.At(0, 0), taken.At(0, 0), columns, narrow.At(0, 0));
                GC.KeepAlive((gradient, weights, transposed, taken));
                for (int i = 0; i < 256; i++)
                    Assert.AreEqual(BitConverter.SingleToUInt32Bits(product[i % 16, i / 16]), BitConverter.SingleToUInt32Bits(narrow[i / 16, i % 16]), $"{columns} columns, number {i}");
            }
        }
    }

    private sealed class Narrow : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            foreach (int count in new[] { 1, 13, 50 })
            {
                var left = RandomMatrix(count, 16, 3);
                var right = RandomMatrix(count, 64, 4);
                for (int panels = 1; panels <= right.Panels; panels++)
                {
                    var whole = new BlockedMatrix<float>(16, 64);
                    TileProduct<TLanes, float>.MultiplyTransposed(left.At(0, 0), right.At(0, 0), right.PanelStride, panels, count, whole.At(0, 0), whole.PanelStride);
                    for (int units = 1; units <= 16; units++)
                    {
                        var actual = new BlockedMatrix<float>(16, 64);
                        NarrowProduct<TLanes, float>.Multiply(left.At(0, 0), units, right.At(0, 0), right.PanelStride, panels, count, actual.At(0, 0), actual.PanelStride);
                        for (int unit = 0; unit < 16; unit++)
                        {
                            for (int row = 0; row < 64; row++)
                            {
                                float expected = unit < units && row < 16 * panels ? whole[unit, row] : 0;
                                Assert.AreEqual(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(actual[unit, row]), $"unit {unit} of {units}, row {row} of {panels} panels");
                            }
                        }
                    }
                }

                // The whole panels against plain sums.
                var tile = new BlockedMatrix<float>(16, 64);
                NarrowProduct<TLanes, float>.Multiply(left.At(0, 0), 7, right.At(0, 0), right.PanelStride, 4, count, tile.At(0, 0), tile.PanelStride);
                for (int unit = 0; unit < 7; unit++)
                {
                    for (int row = 0; row < 64; row++)
                        Assert.AreEqual(Enumerable.Range(0, count).Sum(k => (double)left[k, unit] * right[k, row]), tile[unit, row], 2e-6 * Math.Sqrt(count));
                }
            }
        }
    }

    private sealed class Functions : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            float* lanes = stackalloc float[16];
            for (float x = -87; x < 88; x += 0.0137f)
            {
                TLanes.Store(TLanes.Exp(TLanes.Create(x)), lanes);
                Assert.AreEqual(Math.Exp(x), lanes[TLanes.Count - 1], 3e-7 * Math.Exp(x), $"exp({x})");
                TLanes.Store(TLanes.Erf(TLanes.Create(x / 20)), lanes);
                Assert.AreEqual(SpecialFunctions.Erf(x / 20), lanes[0], 2e-7, $"erf({x / 20})");
            }

            for (float x = 1e-30f; x < 1e30f; x *= 1.0137f)
            {
                TLanes.Store(TLanes.Log(TLanes.Create(x)), lanes);
                Assert.AreEqual(Math.Log(x), lanes[0], 2e-7 * Math.Max(1, Math.Abs(Math.Log(x))), $"log({x})");
            }
        }
    }

    private sealed class Compression : ICheck
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, IBitLanes<TLanes>
        {
            float* lanes = stackalloc float[16];
            foreach (float threshold in new[] { 0.1f, 1.3f, 2, 1e6f })
            {
                float last = float.NegativeInfinity;
                IEnumerable<float> below = [0, threshold / 2, MathF.BitDecrement(threshold), threshold], above = [MathF.BitIncrement(threshold), .. Above(threshold)];
                foreach (float z in below)
                    Assert.AreEqual(z, Evaluate(z), "up to the threshold nothing changes");
                foreach (float z in above)
                {
                    double expected = threshold + Math.Log(1 + ((double)z - threshold));
                    float actual = Evaluate(z);
                    Assert.AreEqual(expected, actual, 3e-7 * Math.Max(1, expected), $"f({z}) with the threshold {threshold}");
                    Assert.AreEqual(-actual, Evaluate(-z));
                    Assert.IsGreaterThan(last, actual, $"at {z}");
                    last = actual;
                }

                if (threshold < FeatureScaling.Limit)
                    Assert.AreEqual(1, (Evaluate(threshold + 1e-2f) - threshold) / (threshold + 1e-2f - threshold), 6e-3, "the slope goes on");
                Assert.IsTrue(float.IsNaN(Evaluate(float.NaN)));
                Assert.AreEqual(BitConverter.SingleToUInt32Bits(-0f), BitConverter.SingleToUInt32Bits(Evaluate(-0f)));

                float Evaluate(float z)
                {
                    // Every lane has neighbours on the other side of the threshold.
                    for (int i = 0; i < 16; i++)
                        lanes[i] = i % 3 == 1 ? z : i % 2 == 0 ? -7 : 0.01f;
                    OutlierCompression<TLanes, float>.Apply(lanes, 16, threshold);
                    for (int i = 4; i < 16; i += 3)
                        Assert.AreEqual(BitConverter.SingleToUInt32Bits(lanes[1]), BitConverter.SingleToUInt32Bits(lanes[i]));
                    return lanes[1];
                }
            }

            static IEnumerable<float> Above(float threshold)
            {
                for (float z = 1.0137f * threshold; z < FeatureScaling.Limit; z *= 1.0137f)
                    yield return z;
                if (threshold < FeatureScaling.Limit)
                    yield return FeatureScaling.Limit;
            }
        }
    }
}
