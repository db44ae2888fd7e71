using System.Numerics.Tensors;
using Samples;

namespace QuickStart.Tests;

[TestClass]
public sealed class DigitPainterTests
{
    [TestMethod]
    public void The_same_seed_draws_the_same_pixels()
    {
        DigitImage[] first = new DigitPainter(7).PaintMany(50), second = new DigitPainter(7).PaintMany(50), other = new DigitPainter(8).PaintMany(50);

        for (int i = 0; i < first.Length; i++)
        {
            Assert.AreEqual(first[i].Digit, second[i].Digit);
            CollectionAssert.AreEqual(first[i].Features, second[i].Features);
        }

        Assert.IsFalse(first.Zip(other).Any(pair => pair.First.Features.SequenceEqual(pair.Second.Features)));
    }

    [TestMethod]
    public void Training_and_test_rows_share_no_image_and_every_digit_is_as_frequent()
    {
        DigitData data = DigitData.Draw(200, 100, seed: 1);

        Assert.HasCount(200, data.Train);
        Assert.HasCount(100, data.Test);
        for (int digit = 0; digit < 10; digit++)
        {
            Assert.AreEqual(20, data.Train.Count(row => row.Digit == digit));
            Assert.AreEqual(10, data.Test.Count(row => row.Digit == digit));
        }

        Assert.IsFalse(data.Test.Any(test => data.Train.Any(train => train.Features.SequenceEqual(test.Features))));
        Assert.HasCount(180, data.TrainWithoutUnseen);
        Assert.IsFalse(data.TrainWithoutUnseen.Any(row => row.Digit == DigitData.UnseenDigit));
    }

    [TestMethod]
    public void Pixels_lie_between_paper_and_ink_and_most_of_the_paper_stays_empty()
    {
        foreach (DigitImage image in new DigitPainter(3).PaintMany(200))
        {
            Assert.HasCount(DigitImage.PixelCount, image.Features);
            Assert.IsTrue(image.Features.All(pixel => pixel is >= 0 and <= 1));
            int dark = image.Features.Count(pixel => pixel > 0.5f);
            Assert.IsInRange(15, 250, dark, $"dark pixels of a {image.Digit}");
        }
    }

    /// <summary>Ten blobs would be told apart by their mean images alone; noise would not be told apart at all.</summary>
    [TestMethod]
    public void Mean_images_tell_the_digits_apart_but_not_perfectly()
    {
        DigitData data = DigitData.Draw(2_000, 1_000, seed: 1);
        float[][] means = [.. Enumerable.Range(0, 10).Select(digit => MeanImage(data.Train.Where(row => row.Digit == digit)))];

        double accuracy = data.Test.Average(row => NearestTo(means, row.Features) == row.Digit ? 1.0 : 0.0);

        Assert.IsInRange(0.60, 0.97, accuracy);
    }

    [TestMethod]
    public void A_digit_is_not_drawn_alike_twice()
    {
        DigitImage[] images = new DigitPainter(5).PaintMany(1_000);
        for (int digit = 0; digit < 10; digit++)
        {
            DigitImage[] drawings = [.. images.Where(row => row.Digit == digit)];
            double[] distances = [.. drawings.Skip(1).Select(row => (double)TensorPrimitives.Distance<float>(row.Features, drawings[0].Features))];
            Assert.IsGreaterThan(2.0, distances.Min(), $"nearest drawing of a {digit}");
        }
    }

    private static float[] MeanImage(IEnumerable<DigitImage> rows)
    {
        DigitImage[] all = [.. rows];
        return [.. Enumerable.Range(0, DigitImage.PixelCount).Select(pixel => all.Average(row => row.Features[pixel]))];
    }

    private static int NearestTo(float[][] means, float[] features)
        => Enumerable.Range(0, means.Length).MinBy(digit => TensorPrimitives.Distance<float>(means[digit], features));
}
