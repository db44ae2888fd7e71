using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

[TestClass]
public sealed unsafe class GaussianNoiseTests
{
    /// <summary>Known answers of the generator's authors (Random123, kat_vectors).</summary>
    [TestMethod]
    public void Philox_gives_its_known_answers()
    {
        Assert.AreEqual((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), CounterRandom.Philox(0, 0, 0, 0, 0, 0));
        Assert.AreEqual((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), CounterRandom.Philox(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue));
        Assert.AreEqual((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u), CounterRandom.Philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [TestMethod]
    public void Vector_Philox_has_the_bits_of_the_plain_one()
    {
        CheckPhilox<SingleLane>();
        CheckPhilox<PortableLanes>();
        if (KernelPaths.Supported.Contains(KernelPath.Avx2))
            CheckPhilox<Avx2Lanes>();
        if (KernelPaths.Supported.Contains(KernelPath.Avx512))
            CheckPhilox<Avx512Lanes>();
    }

    [TestMethod]
    public void Normals_agree_across_paths_and_do_not_depend_on_the_other_rows()
    {
        uint* rows = stackalloc uint[16];
        for (uint i = 0; i < 16; i++)
            rows[i] = (i * 7919) + 3;
        float[] reference = Tile<SingleLane>(5, rows);
        Compare(reference, Tile<PortableLanes>(5, rows));
        if (KernelPaths.Supported.Contains(KernelPath.Avx2))
            Compare(reference, Tile<Avx2Lanes>(5, rows));
        if (KernelPaths.Supported.Contains(KernelPath.Avx512))
            Compare(reference, Tile<Avx512Lanes>(5, rows));

        // Row 3 in another place, among other rows.
        uint* others = stackalloc uint[16];
        for (uint i = 0; i < 16; i++)
            others[i] = i == 11 ? rows[3] : 1000 + i;
        float[] moved = Tile<PortableLanes>(5, others), at = Tile<PortableLanes>(5, rows);
        Assert.IsTrue(moved.AsSpan(11 * 16, 16).SequenceEqual(at.AsSpan(3 * 16, 16)));
    }

    [TestMethod]
    public void Few_units_are_those_of_the_whole_tile()
    {
        uint* rows = stackalloc uint[16];
        for (uint i = 0; i < 16; i++)
            rows[i] = 100 - i;
        float[] narrow = new float[256];
        float[] whole = Tile<PortableLanes>(5, rows);
        for (int units = 1; units <= 16; units++)
        {
            fixed (float* p = narrow)
                GaussianNoise.Fill<PortableLanes>(new NoiseCounters { Seed = 9, Stream = NoiseStream.TrainingNoise, Step = 2, Layer = 1, Panel = 5, Rows = rows, Units = units }, p);
            for (int row = 0; row < 16; row++)
                Assert.IsTrue(narrow.AsSpan(row * 16, units).SequenceEqual(whole.AsSpan(row * 16, units)), $"{units} units, row {row}");
        }
    }

    [TestMethod]
    public void Panels_of_one_row_are_the_row_of_each_panel()
    {
        float[] panels = new float[256];
        fixed (float* p = panels)
            GaussianNoise.Fill<SingleLane>(new NoiseCounters { Seed = 9, Stream = NoiseStream.TrainingNoise, Step = 2, Layer = 1, Panel = 4, Row = 77 }, p);
        uint* rows = stackalloc uint[16];
        for (int i = 0; i < 16; i++)
            rows[i] = 77;
        for (uint panel = 0; panel < 16; panel++)
            Assert.IsTrue(panels.AsSpan((int)panel * 16, 16).SequenceEqual(Tile<SingleLane>(4 + panel, rows).AsSpan(0, 16)));
    }

    [TestMethod]
    public void Moments_and_tails_are_those_of_a_standard_normal()
    {
        const int Tiles = 8000;
        uint* rows = stackalloc uint[16];
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0, neighbours = 0, previous = 0;
        long beyond2 = 0, beyond3 = 0, n = 0;
        for (uint tile = 0; tile < Tiles; tile++)
        {
            for (uint i = 0; i < 16; i++)
                rows[i] = (tile * 16) + i;
            foreach (float x in Tile<PortableLanes>(tile % 7, rows))
            {
                double x2 = (double)x * x;
                m1 += x;
                m2 += x2;
                m3 += x2 * x;
                m4 += x2 * x2;
                neighbours += x * previous;
                previous = x;
                beyond2 += x2 > 4 ? 1 : 0;
                beyond3 += x2 > 9 ? 1 : 0;
                n++;
            }
        }

        // Five standard errors of each moment.
        double error = 5 / Math.Sqrt(n);
        Assert.AreEqual(0, m1 / n, error);
        Assert.AreEqual(1, m2 / n, error * Math.Sqrt(2));
        Assert.AreEqual(0, m3 / n, error * Math.Sqrt(15));
        Assert.AreEqual(3, m4 / n, error * Math.Sqrt(96));
        Assert.AreEqual(0, neighbours / n, error);
        Assert.AreEqual(0.0455003, (double)beyond2 / n, error * Math.Sqrt(0.0455));
        Assert.AreEqual(0.0026998, (double)beyond3 / n, error * Math.Sqrt(0.0027));
    }

    [TestMethod]
    public void Shuffle_is_a_permutation_and_is_uniform_in_its_first_place()
    {
        var first = new int[6];
        for (uint s = 0; s < 6000; s++)
        {
            int[] values = [0, 1, 2, 3, 4, 5];
            new CounterRandom(5, NoiseStream.Shuffle, s).Shuffle(values);
            first[values[0]]++;
            Array.Sort(values);
            Assert.IsTrue(values.SequenceEqual([0, 1, 2, 3, 4, 5]));
        }

        foreach (int count in first)
            Assert.AreEqual(1000, count, 5 * Math.Sqrt(1000 * 5.0 / 6));
    }

    private static void CheckPhilox<TLanes>()
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        uint* words = stackalloc uint[4 * 16];
        for (uint i = 0; i < 64; i++)
            words[i] = i * 0x9E3779B9;
        var w0 = TLanes.LoadBits(words);
        var w1 = TLanes.LoadBits(words + 16);
        var w2 = TLanes.LoadBits(words + 32);
        var w3 = TLanes.LoadBits(words + 48);
        TLanes.Philox(ref w0, ref w1, ref w2, ref w3, 123456789, 987654321);
        float* results = stackalloc float[4 * 16];
        TLanes.Store(w0, results);
        TLanes.Store(w1, results + 16);
        TLanes.Store(w2, results + 32);
        TLanes.Store(w3, results + 48);
        uint* bits = (uint*)results;
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            var expected = CounterRandom.Philox(words[lane], words[16 + lane], words[32 + lane], words[48 + lane], 123456789, 987654321);
            Assert.AreEqual(expected, (bits[lane], bits[16 + lane], bits[32 + lane], bits[48 + lane]), typeof(TLanes).Name);
        }
    }

    private static float[] Tile<TLanes>(uint panel, uint* rows)
        where TLanes : unmanaged, IBitLanes<TLanes>
    {
        var tile = new float[256];
        fixed (float* p = tile)
            GaussianNoise.Fill<TLanes>(new NoiseCounters { Seed = 9, Stream = NoiseStream.TrainingNoise, Step = 2, Layer = 1, Panel = panel, Rows = rows }, p);
        return tile;
    }

    private static void Compare(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 2e-6, $"normal {i}");
    }
}
