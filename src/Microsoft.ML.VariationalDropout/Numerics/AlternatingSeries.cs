namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>Σ (−1)ᵏ a_k, k = 0, 1 …, of which a few terms are enough.</summary>
/// <remarks>
/// Cohen, Rodriguez Villegas and Zagier, "Convergence acceleration of alternating series", 2000, algorithm 1: for totally monotone a_k (the moments of
/// a positive measure on [0, 1], of which values of a Laplace transform at equal distances are an example) the relative error is below 5.8^−n.
/// </remarks>
internal static class AlternatingSeries
{
    /// <summary>Weights w_k, [n], with which Σ w_k a_k is the sum of the series.</summary>
    public static double[] Weights(int terms)
    {
        double power = Math.Pow(3 + Math.Sqrt(8), terms), total = (power + (1 / power)) / 2, term = -1, sum = -total;
        double[] weights = new double[terms];
        for (int k = 0; k < terms; k++)
        {
            sum = term - sum;
            weights[k] = sum / total;
            term *= (k + terms) * (k - terms) / ((k + 0.5) * (k + 1));
        }

        return weights;
    }
}
