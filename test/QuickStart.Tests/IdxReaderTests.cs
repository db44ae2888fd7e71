using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class IdxReaderTests
{
    [TestMethod]
    public void Plain_and_zipped_files_give_the_same_values()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = IdxFile.Encode(0x803, [2, 1, 3], 1, 2, 3, 4, 5, 255);

        foreach (string path in new[] { folder.Write("plain", bytes), folder.Write("zipped.gz", IdxFile.Zip(bytes)) })
        {
            IdxArray array = IdxReader.Read(path, 3);
            CollectionAssert.AreEqual(new[] { 2, 1, 3 }, array.Dimensions.ToArray());
            CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4, 5, 255 }, array.Values);
        }
    }

    [TestMethod]
    public void Values_longer_than_the_first_buffer_are_read_whole()
    {
        using var folder = new TemporaryFolder();
        byte[] values = new byte[(3 << 20) + 7];
        new Random(1).NextBytes(values);
        string path = folder.Write("long.gz", IdxFile.Zip(IdxFile.Labels(values)));

        CollectionAssert.AreEqual(values, IdxReader.Read(path, 1).Values);
    }

    [TestMethod]
    public void A_file_without_the_gzip_signature_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("labels.gz", IdxFile.Labels(1, 2, 3));
        AssertRefused(path, 1, $"'{path}', offset 0: expected the gzip signature 1F 8B, found 00 00.");

        string empty = folder.Write("empty.gz");
        AssertRefused(empty, 1, $"'{empty}', offset 0: expected the gzip signature 1F 8B, found an empty file.");
    }

    [TestMethod]
    public void A_wrong_magic_number_is_refused()
    {
        using var folder = new TemporaryFolder();
        string labels = folder.Write("labels", IdxFile.Labels(1, 2, 3));
        AssertRefused(labels, 3, $"'{labels}', offset 0: expected the magic number 0x00000803 (unsigned bytes, 3 dimensions), found 0x00000801.");

        string images = folder.Write("images.gz", IdxFile.Zip(IdxFile.Images(1)));
        AssertRefused(images, 1, $"'{images}', offset 0: expected the magic number 0x00000801 (unsigned bytes, 1 dimension), found 0x00000803.");
    }

    [TestMethod]
    public void A_truncated_header_is_refused()
    {
        using var folder = new TemporaryFolder();
        string empty = folder.Write("empty");
        AssertRefused(empty, 1, $"'{empty}', offset 0: expected 4 bytes of the magic number, found the end of the file after 0 bytes of them.");

        string half = folder.Write("half", IdxFile.Images(1).AsSpan(0, 10));
        AssertRefused(half, 3, $"'{half}', offset 10: expected 4 bytes of the size of dimension 2, found the end of the file after 2 bytes of them.");
    }

    [TestMethod]
    public void Truncated_values_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] tooShort = IdxFile.Encode(0x801, [10], 1, 2, 3, 4, 5);
        string expected = "offset 13: expected 10 bytes of values (10, as the header says), found the end of the file after 5 bytes of them.";

        string plain = folder.Write("plain", tooShort);
        AssertRefused(plain, 1, $"'{plain}', {expected}");
        string zipped = folder.Write("zipped.gz", IdxFile.Zip(tooShort));
        AssertRefused(zipped, 1, $"'{zipped}', {expected}");
    }

    [TestMethod]
    public void A_gzip_file_cut_short_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] values = new byte[100_000];
        new Random(1).NextBytes(values);
        byte[] zipped = IdxFile.Zip(IdxFile.Labels(values));
        string path = folder.Write("cut.gz", zipped.AsSpan(0, zipped.Length / 2));

        var error = Assert.ThrowsExactly<InvalidDataException>(() => IdxReader.Read(path, 1));
        StringAssert.StartsWith(error.Message, $"'{path}', offset ");
        StringAssert.Contains(error.Message, "expected 100000 bytes of values (100000, as the header says), found ");
    }

    [TestMethod]
    public void Damaged_gzip_data_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] values = new byte[100_000];
        new Random(1).NextBytes(values);
        byte[] zipped = IdxFile.Zip(IdxFile.Labels(values));
        zipped.AsSpan(10, 200).Fill(0xFF);
        string path = folder.Write("damaged.gz", zipped);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => IdxReader.Read(path, 1));
        StringAssert.StartsWith(error.Message, $"'{path}', offset 0: expected 4 bytes of the magic number, found broken gzip data");
    }

    [TestMethod]
    public void Bytes_after_the_values_are_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("more", IdxFile.Encode(0x801, [2], 1, 2, 3));
        AssertRefused(path, 1, $"'{path}', offset 10: expected the end of the data after 2 bytes of values (2, as the header says), found more bytes.");
    }

    [TestMethod]
    public void Absurd_sizes_are_refused_before_memory_is_taken()
    {
        using var folder = new TemporaryFolder();
        string negative = folder.Write("negative", IdxFile.Encode(0x801, [-1]));
        AssertRefused(negative, 1, $"'{negative}', offset 4: expected a size of dimension 1 between 1 and {Array.MaxLength}, found -1.");

        string huge = folder.Write("huge", IdxFile.Encode(0x803, [60_000, 28, int.MaxValue]));
        AssertRefused(huge, 3, $"'{huge}', offset 12: expected a size of dimension 3 between 1 and {Array.MaxLength / (60_000 * 28)}, found {int.MaxValue}.");

        // Allowed by the format, but the file does not hold it: the buffer must not be sized by the header.
        string liar = folder.Write("liar", IdxFile.Encode(0x801, [2_000_000_000]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<InvalidDataException>(() => IdxReader.Read(liar, 1));
        Assert.IsLessThan(10_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void AssertRefused(string path, int dimensions, string message)
        => Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => IdxReader.Read(path, dimensions)).Message);
}
