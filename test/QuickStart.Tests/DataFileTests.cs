using System.Text;
using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class DataFileTests
{
    /// <summary>Several times what GZipStream reads at once.</summary>
    private static readonly string Text = string.Concat(Enumerable.Range(0, 20_000).Select(row => $"{row * 7919 % 10_007},{row * 104_729 % 1_000_003}\n"));

    private static readonly byte[] Packed = IdxFile.Zip(Encoding.UTF8.GetBytes(Text));

    [TestMethod]
    public void A_whole_file_is_read_packed_or_not_whatever_its_name()
    {
        using var folder = new TemporaryFolder();

        Assert.AreEqual(Text, Read(folder.Write("t.csv", Encoding.UTF8.GetBytes(Text))));
        Assert.AreEqual(Text, Read(folder.Write("t.csv.gz", Packed)));
        Assert.AreEqual(Text, Read(folder.Write("packed.csv", Packed)));
        Assert.AreEqual("", Read(folder.Write("nothing.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
        Assert.AreEqual("", Read(folder.Write("empty.csv")));
    }

    [TestMethod]
    public void Members_after_one_another_are_one_file()
    {
        using var folder = new TemporaryFolder();

        Assert.AreEqual(Text + Text, Read(folder.Write("two.gz", [.. Packed, .. Packed])));
        Assert.AreEqual("ab" + Text, Read(folder.Write("three.gz", [.. IdxFile.Zip([.. "a"u8]), .. IdxFile.Zip([.. "b"u8]), .. Packed])));
    }

    [TestMethod]
    public void What_comes_after_the_last_member_and_is_none_is_not_read()
    {
        using var folder = new TemporaryFolder();

        Assert.AreEqual(Text, Read(folder.Write("padded.gz", [.. Packed, .. new byte[20_000]])));
    }

    /// <summary>A member that ends with what is read at once: the next read finds nothing, or the next member.</summary>
    [TestMethod]
    [DataRow(8192)]
    [DataRow(16_384)]
    [DataRow(65_536)]
    public void A_member_may_end_where_a_read_does(int length)
    {
        using var folder = new TemporaryFolder();
        byte[] noise = new byte[length];
        new Random(1).NextBytes(noise);
        int count = length - 18;
        while (IdxFile.Zip(noise[..count]).Length > length)
            count--;
        byte[] packed = IdxFile.Zip(noise[..count]);
        Assert.HasCount(length, packed);

        using Stream one = DataFile.Open(folder.Write("one.gz", packed)), two = DataFile.Open(folder.Write("two.gz", [.. packed, .. Packed]));
        Assert.AreEqual(count, Count(one));
        Assert.AreEqual(count + Text.Length, Count(two));

        static long Count(Stream stream)
        {
            using var all = new MemoryStream();
            stream.CopyTo(all);
            return all.Length;
        }
    }

    /// <summary>Within the header, the data and the trailer, and in the second member as well as in the only one.</summary>
    [TestMethod]
    public void A_file_that_breaks_off_is_refused_wherever_it_does()
    {
        using var folder = new TemporaryFolder();
        int[] cuts = [0, 1, 2, 9, 10, 11, 100, 8192, 16_384, Packed.Length / 2, .. Enumerable.Range(1, 20).Select(missing => Packed.Length - missing)];
        foreach (int cut in cuts)
        {
            AssertBreaksOff(Packed[..cut]);
            if (cut > 0)
                AssertBreaksOff([.. Packed, .. Packed[..cut]]);
        }

        void AssertBreaksOff(byte[] bytes)
        {
            string path = folder.Write("cut.gz", bytes);
            Assert.AreEqual($"'{path}' breaks off: it is not a whole gzip file.", Assert.ThrowsExactly<InvalidDataException>(() => DataFile.Open(path)).Message, $"{bytes.Length} bytes");
        }
    }

    [TestMethod]
    public void Damage_and_what_was_never_packed_are_told_apart_from_that()
    {
        using var folder = new TemporaryFolder();
        byte[] damaged = [.. Packed];
        damaged.AsSpan(damaged.Length / 2, 50).Fill(0xFF);
        foreach (byte[] bytes in new[] { damaged, [.. "a,b\n1,2\n"u8] })
        {
            string path = folder.Write("damaged.gz", bytes);
            Assert.StartsWith($"'{path}' cannot be unpacked: ", Assert.ThrowsExactly<InvalidDataException>(() => DataFile.Open(path)).Message);
        }
    }

    private static string Read(string path)
    {
        using var reader = new StreamReader(DataFile.Open(path));
        return reader.ReadToEnd();
    }
}
