using System.Numerics;

namespace Samples;

/// <summary>
/// Draws digits that look handwritten: a skeleton of pen strokes whose points are moved a little, slanted, scaled and turned, bent by a
/// smooth warp, drawn with a pen of varying width and covered with noise. One seed gives one endless, repeatable series of images.
/// </summary>
internal sealed class DigitPainter(int seed)
{
    /// <summary>Pixels per unit of the skeletons, whose height is about two units.</summary>
    private const float PixelsPerUnit = 10f;

    private readonly Random _random = new(seed);

    /// <summary>The ten digits in turn, in random order, as equally often as the count allows.</summary>
    public DigitImage[] PaintMany(int count)
    {
        var images = new DigitImage[count];
        for (int i = 0; i < count; i++)
            images[i] = Paint(i % 10);
        _random.Shuffle(images);
        return images;
    }

    public DigitImage Paint(int digit)
    {
        // Most writers are tidy; a few are not. The cube of a uniform number makes the untidy ones rare.
        float sloppiness = Cube(_random.NextSingle());
        Stroke[] strokes = DigitSkeletons.Choose(digit, _random);
        Func<Vector2, Vector2> hand = Compose(RandomWarp(0.03f + (0.05f * sloppiness)), RandomAffine(0.4f + (0.7f * sloppiness)));

        float[] pixels = new float[DigitImage.PixelCount];
        float penRadius = Between(0.7f, 1.7f);
        foreach (Stroke stroke in strokes)
        {
            // Points that lie close together move less, or the line would zigzag.
            float jitter = (0.02f + (0.045f * sloppiness)) * MathF.Min(1, 5f / stroke.Points.Length);
            Vector2[] moved = [.. stroke.Points.Select(point => point + (Gaussian2() * jitter))];
            DrawPath(pixels, [.. new Stroke(stroke.Rounded, moved).Trace().Select(hand)], penRadius);
        }

        AddNoise(pixels, ink: Between(0.75f, 1f), noise: Between(0.02f, 0.1f));
        return new() { Digit = digit, Features = pixels };
    }

    private static Func<Vector2, Vector2> Compose(Func<Vector2, Vector2> first, Func<Vector2, Vector2> second) => point => second(first(point));

    /// <summary>Rotation, slant, size and position; maps skeleton units to pixels.</summary>
    private Func<Vector2, Vector2> RandomAffine(float strength)
    {
        Matrix3x2 toPixels =
            Matrix3x2.CreateScale(PixelsPerUnit * (1 + (0.12f * strength * Gaussian())), PixelsPerUnit * (1 + (0.06f * strength * Gaussian())))
            * Matrix3x2.CreateSkew(-0.17f * strength * Gaussian(), 0)
            * Matrix3x2.CreateRotation(0.12f * strength * Gaussian())
            * Matrix3x2.CreateTranslation(new Vector2(DigitImage.Side / 2f) + (Gaussian2() * strength));
        return point => Vector2.Transform(point, toPixels);
    }

    /// <summary>A sum of a few slow waves in random directions: neighbouring points move alike, so that lines bend and do not break.</summary>
    private Func<Vector2, Vector2> RandomWarp(float amplitude)
    {
        const int Waves = 4;
        var waves = new (Vector2 Direction, float Phase, Vector2 Shift)[Waves];
        for (int i = 0; i < Waves; i++)
            waves[i] = (Gaussian2() * 2f, Between(0, 2 * MathF.PI), Gaussian2() * amplitude);

        return point =>
        {
            Vector2 warped = point;
            foreach ((Vector2 direction, float phase, Vector2 shift) in waves)
                warped += shift * MathF.Sin(Vector2.Dot(direction, point) + phase);
            return warped;
        };
    }

    private void DrawPath(float[] pixels, Vector2[] path, float penRadius)
    {
        // The pressure of the hand changes slowly along the path.
        float phase = Between(0, 2 * MathF.PI), wave = Between(0.05f, 0.2f), depth = Between(0, 0.25f);
        for (int i = 0; i + 1 < path.Length; i++)
            DrawPiece(pixels, path[i], path[i + 1], penRadius * (1 + (depth * MathF.Sin(phase + (wave * i)))));
    }

    /// <summary>Darkens every pixel by the part of it, from 0 to 1, that a round pen moved from one point to the other covers.</summary>
    private static void DrawPiece(float[] pixels, Vector2 from, Vector2 to, float radius)
    {
        float reach = radius + 1;
        int left = Math.Max(0, (int)(MathF.Min(from.X, to.X) - reach)), right = Math.Min(DigitImage.Side - 1, (int)(MathF.Max(from.X, to.X) + reach));
        int top = Math.Max(0, (int)(MathF.Min(from.Y, to.Y) - reach)), bottom = Math.Min(DigitImage.Side - 1, (int)(MathF.Max(from.Y, to.Y) + reach));
        Vector2 along = to - from;
        float lengthSquared = MathF.Max(along.LengthSquared(), 1e-6f);
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                Vector2 centre = new(x + 0.5f, y + 0.5f);
                float nearest = Math.Clamp(Vector2.Dot(centre - from, along) / lengthSquared, 0, 1);
                float distance = Vector2.Distance(centre, from + (along * nearest));
                ref float pixel = ref pixels[(y * DigitImage.Side) + x];
                pixel = MathF.Max(pixel, Math.Clamp(radius + 0.5f - distance, 0, 1));
            }
        }
    }

    private void AddNoise(float[] pixels, float ink, float noise)
    {
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = Math.Clamp((pixels[i] * ink) + (noise * Gaussian()), 0, 1);
    }

    private Vector2 Gaussian2() => new(Gaussian(), Gaussian());

    /// <summary>Box–Muller; 1 − u keeps the logarithm finite.</summary>
    private float Gaussian() => MathF.Sqrt(-2 * MathF.Log(1 - _random.NextSingle())) * MathF.Cos(2 * MathF.PI * _random.NextSingle());

    private float Between(float low, float high) => low + ((high - low) * _random.NextSingle());

    private static float Cube(float value) => value * value * value;
}
