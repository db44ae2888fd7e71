namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// Gauss–Hermite quadrature in its probabilists' form: E[f(z)] ≈ Σ w_i f(z_i) for z ~ N(0, 1), exact for polynomials up to degree 2n − 1. For a
/// function with singularities at a distance d from the real axis (in units of z) the error falls as e^(−2d√n): good for functions that are smooth on
/// the scale of the Gaussian, bad for steps. For those see <see cref="GaussianGrid"/>.
/// </summary>
internal sealed class GaussHermiteRule
{
    /// <summary>The rule with 8 nodes.</summary>
    public static readonly GaussHermiteRule Eight = new(8);

    /// <summary>The rule with 10 nodes.</summary>
    public static readonly GaussHermiteRule Ten = new(10);

    /// <summary>The rule with 20 nodes.</summary>
    public static readonly GaussHermiteRule Twenty = new(20);

    private readonly double[] _nodes;
    private readonly double[] _weights;

    /// <summary>Computes the rule with <paramref name="count"/> nodes; tested up to 32, where the weights are right to 1e-13.</summary>
    public GaussHermiteRule(int count)
    {
        _nodes = new double[count];
        _weights = new double[count];
        for (int i = 0; i < count; i++)
        {
            // Newton's iteration on the polynomial with the zeros found so far divided out (Maehly): it starts above all zeros, which are real,
            // so it falls onto the largest that is left and never jumps over it. The last steps polish on the polynomial itself.
            double z = Math.Sqrt((4 * count) + 2);
            for (int step = 0, left = 3; left > 0 && step < 1000; step++)
            {
                bool isPolish = left < 3;
                Polynomials(count, z, out double value, out double previous);
                double slope = Math.Sqrt(count) * previous;
                for (int found = 0; found < i && !isPolish; found++)
                    slope -= value / (z - _nodes[found]);
                double move = value / slope;
                z -= move;
                if (isPolish || Math.Abs(move) < 1e-8)
                    left--;
            }

            Polynomials(count, z, out _, out double below);
            _nodes[i] = z;
            _weights[i] = 1 / (count * below * below);
        }
    }

    /// <summary>z_i, [n], falling.</summary>
    public ReadOnlySpan<double> Nodes => _nodes;

    /// <summary>w_i, [n]; they sum to 1.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>
    /// The orthonormal Hermite polynomials h_n(x) and h_(n−1)(x), by h_(k+1) = (x h_k − √k h_(k−1)) / √(k+1); h_n′ = √n h_(n−1).
    /// </summary>
    private static void Polynomials(int n, double x, out double value, out double previous)
    {
        previous = 0;
        value = 1;
        for (int k = 0; k < n; k++)
            (previous, value) = (value, ((x * value) - (Math.Sqrt(k) * previous)) / Math.Sqrt(k + 1));
    }
}
