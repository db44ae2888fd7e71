namespace Samples;

/// <summary>Training and test rows, and where they come from.</summary>
internal sealed record DigitData(string Source, IReadOnlyList<DigitImage> Train, IReadOnlyList<DigitImage> Test)
{
    /// <summary>What the help of a program says of the folder that it takes.</summary>
    public const string FolderDescription = "Folder with MNIST's four idx files, plain or .gz [default: digits that this program draws]";

    public const int UnseenDigit = 9;

    /// <summary>The training rows for the second model, which never sees <see cref="UnseenDigit"/>.</summary>
    public IReadOnlyList<DigitImage> TrainWithoutUnseen => [.. Train.Where(row => row.Digit != UnseenDigit)];

    /// <summary>Digits drawn by this program. The same seed gives the same pixels; the test rows come from a stream of their own.</summary>
    public static DigitData Draw(int trainRows, int testRows, int seed) => new(
        "drawn digits",
        new DigitPainter(seed).PaintMany(trainRows),
        new DigitPainter(~seed).PaintMany(testRows));

    /// <summary>MNIST, or any data in its format, from a folder of idx files.</summary>
    public static DigitData Load(string folder) => new(
        folder,
        MnistFolder.Read(folder, "train"),
        MnistFolder.Read(folder, "t10k"));
}
