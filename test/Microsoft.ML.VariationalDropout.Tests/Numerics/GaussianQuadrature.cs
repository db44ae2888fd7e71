namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

/// <summary>
/// Expectations under a Gaussian by brute force: Gauss–Legendre with ten nodes on every piece of ±<see cref="Reach"/> deviations, cut at the given
/// points, pieces no wider than the deviation, and no wider than 1 within 45 of 0. Independent of the library's rules.
/// </summary>
internal static class GaussianQuadrature
{
    private const double Reach = 12;

    private static readonly double[] Nodes = [0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717];
    private static readonly double[] Weights = [0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881];

    public static double Expectation(Func<double, double> function, double mean, double deviation, params double[] cuts)
    {
        if (deviation == 0)
            return function(mean);

        // In z = (x − m)/s, so that a small deviation loses no digits.
        double[] edges = [.. cuts.Concat([-45.0, 0, 45]).Select(cut => (cut - mean) / deviation).Where(z => Math.Abs(z) < Reach), -Reach, Reach];
        Array.Sort(edges);
        double sum = 0;
        for (int e = 0; e + 1 < edges.Length; e++)
        {
            bool isNear = Math.Abs(mean + (deviation * (edges[e] + edges[e + 1]) / 2)) < 45;
            int pieces = (int)Math.Ceiling((edges[e + 1] - edges[e]) / (isNear ? Math.Min(1, 1 / deviation) : 1));
            double half = (edges[e + 1] - edges[e]) / Math.Max(pieces, 1) / 2;
            for (int piece = 0; piece < pieces; piece++)
            {
                double centre = edges[e] + (((2 * piece) + 1) * half);
                for (int i = 0; i < 5; i++)
                    sum += half * Weights[i] * (At(centre - (half * Nodes[i])) + At(centre + (half * Nodes[i])));
            }
        }

        return sum / Math.Sqrt(2 * Math.PI);

        double At(double z) => function(mean + (deviation * z)) * Math.Exp(-0.5 * z * z);
    }
}
