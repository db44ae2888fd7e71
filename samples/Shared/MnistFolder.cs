namespace Samples;

/// <summary>A folder with MNIST's four files, each plain or with <c>.gz</c> behind its name.</summary>
internal static class MnistFolder
{
    /// <summary>The images and labels of one part of the data.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="part"><c>train</c> or <c>t10k</c>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or images and labels do not fit together.</exception>
    public static DigitImage[] Read(string folder, string part)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The data folder '{folder}' does not exist.");

        IdxArray images = IdxReader.Read(Find(folder, $"{part}-images-idx3-ubyte"), dimensionCount: 3);
        IdxArray labels = IdxReader.Read(Find(folder, $"{part}-labels-idx1-ubyte"), dimensionCount: 1);
        int count = images.Dimensions[0];
        if (images.Dimensions[1] != DigitImage.Side || images.Dimensions[2] != DigitImage.Side)
            throw new InvalidDataException($"'{images.Path}', offset 8: expected images of {DigitImage.Side} × {DigitImage.Side} pixels, found {images.Dimensions[1]} × {images.Dimensions[2]}.");
        if (labels.Dimensions[0] != count)
            throw new InvalidDataException($"'{labels.Path}', offset 4: expected {count} labels, one for each image of '{images.Path}', found {labels.Dimensions[0]}.");

        var rows = new DigitImage[count];
        for (int i = 0; i < count; i++)
        {
            if (labels.Values[i] > 9)
                throw new InvalidDataException($"'{labels.Path}', offset {8 + i}: expected a digit from 0 to 9, found {labels.Values[i]}.");

            rows[i] = new() { Digit = labels.Values[i], Features = Scale(images.Values.AsSpan(i * DigitImage.PixelCount, DigitImage.PixelCount)) };
        }

        return rows;
    }

    private static string Find(string folder, string name)
    {
        string plain = Path.Combine(folder, name), zipped = plain + ".gz";
        return File.Exists(zipped) ? zipped
            : File.Exists(plain) ? plain
            : throw new FileNotFoundException($"The data folder '{folder}' has neither '{name}' nor '{name}.gz'.");
    }

    private static float[] Scale(ReadOnlySpan<byte> bytes)
    {
        float[] pixels = new float[bytes.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = bytes[i] / 255f;
        return pixels;
    }
}
