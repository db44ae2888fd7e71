using System.Numerics;

namespace Samples;

/// <summary>One movement of the pen through its <paramref name="Points"/>: rounded, or with corners.</summary>
internal sealed record Stroke(bool Rounded, params Vector2[] Points)
{
    /// <summary>The movement as a chain of short straight pieces.</summary>
    public IReadOnlyList<Vector2> Trace()
    {
        const int Pieces = 8;
        var path = new List<Vector2>((Points.Length * Pieces) + 1) { Points[0] };
        for (int i = 0; i + 1 < Points.Length; i++)
        {
            (Vector2 from, Vector2 to) = (Points[i], Points[i + 1]);
            Vector2 before = i > 0 ? Points[i - 1] : from;
            Vector2 after = i + 2 < Points.Length ? Points[i + 2] : to;
            for (int piece = 1; piece <= Pieces; piece++)
            {
                float t = piece / (float)Pieces;
                path.Add(Rounded ? CatmullRom(before, from, to, after, t) : Vector2.Lerp(from, to, t));
            }
        }

        return path;
    }

    private static Vector2 CatmullRom(Vector2 a, Vector2 b, Vector2 c, Vector2 d, float t)
        => 0.5f * ((2 * b) + ((c - a) * t) + (((2 * a) - (5 * b) + (4 * c) - d) * t * t) + (((3 * b) - a - (3 * c) + d) * t * t * t));
}

/// <summary>
/// How people write the ten digits, as pen strokes. x runs from −1 (left) to 1 (right) and y from −1 (top) to 1 (bottom). Most digits
/// have several forms: a 1 with or without a flag and a foot, an open or a closed 4, a 7 with or without a bar.
/// </summary>
internal static class DigitSkeletons
{
    public static Stroke[] Choose(int digit, Random random) => digit switch
    {
        0 => Zero(random),
        1 => One(random),
        2 => Two(random),
        3 => Three(random),
        4 => Four(random),
        5 => Five(random),
        6 => Six(random),
        7 => Seven(random),
        8 => Eight(random),
        9 => Nine(random),
        _ => throw new ArgumentOutOfRangeException(nameof(digit), digit, "A digit is 0 to 9."),
    };

    private static Stroke[] Zero(Random random)
    {
        float width = Between(random, 0.36f, 0.68f);
        float start = Between(random, -0.9f, 0.2f);
        float turn = (2 * MathF.PI) + Between(random, -0.5f, 0.5f);
        return [Arc(new(0, 0), width, Between(random, 0.75f, 0.95f), (-MathF.PI / 2) + start, -turn)];
    }

    private static Stroke[] One(Random random)
    {
        Stroke stem = Line(0, -0.92f, 0, 0.92f);
        Stroke flag = Line(-0.38f * random.NextSingle(), -0.92f + (0.5f * random.NextSingle()), 0, -0.92f);
        Stroke foot = Line(-0.38f, 0.9f, 0.38f, 0.9f);
        return random.Next(5) switch
        {
            0 => [flag, stem, foot],
            1 => [flag, stem],
            2 => [stem, foot],
            _ => [stem],
        };
    }

    private static Stroke[] Two(Random random) => random.Next(3) switch
    {
        // The bottom left is a small loop.
        0 => [Curve(-0.48f, -0.5f, -0.15f, -0.92f, 0.4f, -0.72f, 0.38f, -0.2f, -0.15f, 0.62f, -0.5f, 0.85f, -0.5f, 0.58f, -0.1f, 0.66f, 0.55f, 0.88f)],
        // It is a corner.
        1 => [Curve(-0.48f, -0.5f, -0.15f, -0.92f, 0.42f, -0.72f, 0.38f, -0.2f, -0.5f, 0.86f), Line(-0.5f, 0.86f, 0.56f, 0.84f)],
        // One swing like a swan.
        _ => [Curve(-0.4f, -0.7f, 0.1f, -0.92f, 0.46f, -0.5f, 0.2f, 0.1f, -0.42f, 0.78f, 0f, 0.8f, 0.56f, 0.8f)],
    };

    private static Stroke[] Three(Random random)
    {
        Stroke bowl = Curve(-0.05f, -0.1f, 0.36f, 0f, 0.5f, 0.42f, 0.1f, 0.9f, -0.48f, 0.66f);
        return random.Next(3) == 0
            ? [Line(-0.45f, -0.88f, 0.42f, -0.88f, -0.05f, -0.1f), bowl]
            : [Curve(-0.45f, -0.68f, -0.02f, -0.94f, 0.42f, -0.62f, 0.28f, -0.22f, -0.08f, -0.1f), bowl];
    }

    private static Stroke[] Four(Random random)
    {
        float bar = Between(random, 0f, 0.35f);
        return random.Next(3) == 0
            ? [Line(0.22f, -0.92f, -0.55f, bar, 0.6f, bar), Line(0.22f, -0.92f, 0.2f, 0.92f)]
            : [Line(-0.4f, -0.85f, -0.48f, bar, 0.55f, bar), Line(0.3f, Between(random, -0.92f, -0.2f), 0.25f, 0.92f)];
    }

    private static Stroke[] Five(Random random)
    {
        Stroke bowl = Curve(-0.4f, -0.15f, 0.05f, -0.26f, 0.46f, 0.12f, 0.36f, 0.66f, -0.05f, 0.9f, -0.48f, 0.7f);
        return random.Next(3) == 0
            ? [Curve(0.5f, -0.82f, 0f, -0.86f, -0.3f, -0.78f, -0.4f, -0.15f, 0.05f, -0.26f, 0.46f, 0.16f, 0.3f, 0.72f, -0.05f, 0.9f, -0.48f, 0.7f)]
            : [Line(-0.34f, -0.85f, -0.4f, -0.15f), bowl, Line(-0.34f, -0.85f, 0.46f, -0.88f)];
    }

    private static Stroke[] Six(Random random) => random.Next(2) == 0
        ? [Curve(0.3f, -0.92f, -0.18f, -0.5f, -0.46f, 0.2f, -0.2f, 0.84f, 0.26f, 0.8f, 0.42f, 0.4f, 0.1f, 0.06f, -0.42f, 0.34f)]
        : [Curve(-0.1f, -0.94f, -0.4f, -0.2f, -0.44f, 0.5f, -0.05f, 0.92f, 0.42f, 0.62f, 0.3f, 0.12f, -0.15f, 0.1f, -0.42f, 0.46f)];

    private static Stroke[] Seven(Random random)
    {
        Stroke body = random.Next(3) switch
        {
            0 => Line(-0.5f, -0.82f, 0.5f, -0.86f, -0.12f, 0.92f),
            1 => Line(-0.48f, -0.6f, -0.46f, -0.86f, 0.5f, -0.86f, 0f, 0.92f),
            _ => Curve(-0.52f, -0.7f, -0.1f, -0.84f, 0.46f, -0.8f, 0.2f, -0.1f, -0.1f, 0.92f),
        };
        return random.Next(3) == 0 ? [body, Line(-0.28f, 0.02f, 0.42f, -0.02f)] : [body];
    }

    private static Stroke[] Eight(Random random)
    {
        float upper = Between(random, 0.28f, 0.42f), lower = Between(random, 0.34f, 0.54f);
        return random.Next(3) == 0
            ? [Arc(new(0, -0.5f), upper, 0.42f, -1, 2 * MathF.PI), Arc(new(0, 0.42f), lower, 0.48f, -1.5f, 2 * MathF.PI)]
            : [Curve(upper, -0.62f, 0f, -0.93f, -upper, -0.56f, 0f, -0.06f, lower, 0.42f, 0f, 0.92f, -lower, 0.44f, 0f, -0.06f, upper, -0.56f)];
    }

    private static Stroke[] Nine(Random random) => random.Next(3) switch
    {
        0 => [Curve(0.4f, -0.5f, 0.05f, -0.93f, -0.42f, -0.56f, -0.15f, -0.06f, 0.3f, -0.2f, 0.42f, -0.6f), Curve(0.42f, -0.6f, 0.4f, 0f, 0.3f, 0.92f)],
        1 => [Curve(0.4f, -0.5f, 0.05f, -0.93f, -0.42f, -0.56f, -0.15f, -0.06f, 0.3f, -0.2f, 0.42f, -0.62f, 0.42f, 0.2f, 0.1f, 0.86f, -0.4f, 0.74f)],
        _ => [Arc(new(0, -0.45f), 0.4f, 0.44f, -0.3f, -2 * MathF.PI), Line(0.38f, -0.6f, Between(random, -0.1f, 0.35f), 0.92f)],
    };

    private static Stroke Line(params float[] xy) => new(false, Pairs(xy));

    private static Stroke Curve(params float[] xy) => new(true, Pairs(xy));

    private static Stroke Arc(Vector2 centre, float radiusX, float radiusY, float startAngle, float sweep)
    {
        const int Points = 10;
        var points = new Vector2[Points];
        for (int i = 0; i < Points; i++)
        {
            float angle = startAngle + (sweep * i / (Points - 1));
            points[i] = centre + new Vector2(radiusX * MathF.Cos(angle), radiusY * MathF.Sin(angle));
        }

        return new(true, points);
    }

    private static Vector2[] Pairs(float[] xy)
    {
        var points = new Vector2[xy.Length / 2];
        for (int i = 0; i < points.Length; i++)
            points[i] = new(xy[2 * i], xy[(2 * i) + 1]);
        return points;
    }

    private static float Between(Random random, float low, float high) => low + ((high - low) * random.NextSingle());
}
