using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class MnistFolderTests
{
    private const string ImagesName = "train-images-idx3-ubyte", LabelsName = "train-labels-idx1-ubyte";

    [TestMethod]
    public void Images_and_labels_become_rows()
    {
        using var folder = new TemporaryFolder();
        byte[] images = IdxFile.Images(2);
        images[16 + 784] = 255;
        images[16 + 785] = 51;
        folder.Write(ImagesName + ".gz", IdxFile.Zip(images));
        folder.Write(LabelsName, IdxFile.Labels(3, 9));

        DigitImage[] rows = MnistFolder.Read(folder.Path, "train");

        CollectionAssert.AreEqual(new[] { 3, 9 }, rows.Select(row => row.Digit).ToArray());
        Assert.AreEqual(1f, rows[1].Features[0]);
        Assert.AreEqual(0.2f, rows[1].Features[1], 1e-6f);
        Assert.AreEqual(0f, rows[0].Features.Sum());
    }

    [TestMethod]
    public void Counts_that_disagree_are_refused()
    {
        using var folder = new TemporaryFolder();
        string images = folder.Write(ImagesName, IdxFile.Images(2)), labels = folder.Write(LabelsName, IdxFile.Labels(1, 2, 3));
        AssertRefused(folder, $"'{labels}', offset 4: expected 2 labels, one for each image of '{images}', found 3.");
    }

    [TestMethod]
    public void Images_of_another_size_are_refused()
    {
        using var folder = new TemporaryFolder();
        string images = folder.Write(ImagesName, IdxFile.Images(1, side: 32));
        folder.Write(LabelsName, IdxFile.Labels(1));
        AssertRefused(folder, $"'{images}', offset 8: expected images of 28 × 28 pixels, found 32 × 32.");
    }

    [TestMethod]
    public void A_label_above_nine_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write(ImagesName, IdxFile.Images(2));
        string labels = folder.Write(LabelsName, IdxFile.Labels(1, 10));
        AssertRefused(folder, $"'{labels}', offset 9: expected a digit from 0 to 9, found 10.");
    }

    [TestMethod]
    public void A_missing_folder_or_file_is_named()
    {
        using var folder = new TemporaryFolder();
        string missing = Path.Combine(folder.Path, "missing");
        Assert.AreEqual($"The data folder '{missing}' does not exist.", Assert.ThrowsExactly<DirectoryNotFoundException>(() => MnistFolder.Read(missing, "train")).Message);
        Assert.AreEqual(
            $"The data folder '{folder.Path}' has neither '{ImagesName}' nor '{ImagesName}.gz'.",
            Assert.ThrowsExactly<FileNotFoundException>(() => MnistFolder.Read(folder.Path, "train")).Message);
    }

    private static void AssertRefused(TemporaryFolder folder, string message)
        => Assert.AreEqual(message, Assert.ThrowsExactly<InvalidDataException>(() => MnistFolder.Read(folder.Path, "train")).Message);
}
