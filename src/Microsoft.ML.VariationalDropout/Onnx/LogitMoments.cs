using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The probability σ(z) of a Gaussian logit z ~ N(m, s²), [rows, 1]: as OutputMoments has it, and its logarithm however small it is.</summary>
internal sealed class LogitMoments
{
    /// <summary>Terms of an alternating series: relative error 5.8^−n, 1e-6.</summary>
    private const int Terms = 8;

    /// <summary>log √(2π).</summary>
    private const double LogRootTwoPi = 0.91893853320467274178;

    private static readonly float[] AlternatingWeights = CreateAlternatingWeights();

    public LogitMoments(GraphMoments logit)
    {
        var moments = new SmoothMoments(Activation.Sigmoid, logit, SmoothRule.Output);
        GraphValue isPositive = GraphValue.Greater(logit.Mean, 0);
        GraphValue logSmaller = LogSmaller(-GraphValue.Abs(logit.Mean), logit.Variance, moments.Mean), logGreater = GraphValue.Log(1 - moments.Mean);
        Probability = GraphValue.Where(isPositive, 1 - moments.Mean, moments.Mean);
        Deviation = GraphValue.Sqrt(moments.Variance);
        LogProbability = GraphValue.Where(isPositive, logGreater, logSmaller);
        LogComplement = GraphValue.Where(isPositive, logSmaller, logGreater);
        ExpectedEntropy = moments.Expect(Entropy, Network.Entropy.OfLogit);
    }

    /// <summary>E σ(z).</summary>
    public GraphValue Probability { get; }

    /// <summary>The standard deviation of σ(z).</summary>
    public GraphValue Deviation { get; }

    /// <summary>log E σ(z).</summary>
    public GraphValue LogProbability { get; }

    /// <summary>log E σ(−z).</summary>
    public GraphValue LogComplement { get; }

    /// <summary>E H(σ(z)), in nats.</summary>
    public GraphValue ExpectedEntropy { get; }

    /// <summary>H(σ(z)) = log(1 + e^−|z|) + |z| σ(−|z|).</summary>
    public static GraphValue Entropy(GraphValue logit)
    {
        GraphValue size = GraphValue.Abs(logit);
        return GraphValue.Softplus(-size) + (size / (GraphValue.Exp(size) + 1));
    }

    /// <summary>log E σ(z) for z ~ N(m, s²), m ≤ 0.</summary>
    /// <param name="mean">m.</param>
    /// <param name="variance">s².</param>
    /// <param name="probability">E σ(z), with an absolute error.</param>
    private static GraphValue LogSmaller(GraphValue mean, GraphValue variance, GraphValue probability)
    {
        // 1. m ≤ −s²: σ(z) = e^z σ(−z), and e^z moves the Gaussian to m + s². Its mean is 0 or less, so that E σ(−z) is ½ or more.
        GraphValue moved = mean + variance, isFar = GraphValue.Less(moved, 0);
        var movedMoments = new SmoothMoments(Activation.Sigmoid, new GraphMoments(GraphValue.Min(moved, 0), variance), SmoothRule.Output);
        GraphValue far = (mean + (variance * 0.5)) + GraphValue.Log(1 - movedMoments.Mean);

        // 2. A narrow Gaussian that is not far: the probability is not small.
        GraphValue deviation = GraphValue.Sqrt(variance), wide = GraphValue.Max(deviation, GaussianGrid.LeastDeviation);
        GraphValue near = GraphValue.Log(GraphValue.Max(probability, 1e-7));

        // 3. A wide one: σ is 1 − e^−z + e^−2z … on the right of 0 and e^z − e^2z … on its left. With a = −m/s, 0 ≤ a < s, and Mills' ratio R the Gaussian's
        //    integrals are φ(a) R(ks + a), k = 0, 1 …, and φ(a) R(ks − a), k = 1, 2 …
        GraphValue a = -(mean / wide);
        GraphValue series = Alternate(a, wide, 0) + Alternate(-a, wide, 1);
        GraphValue far2 = GraphValue.Log(series) - ((GraphValue.Square(a) * 0.5) + LogRootTwoPi);
        return GraphValue.Where(isFar, far, GraphValue.Where(GraphValue.Less(deviation, GaussianGrid.LeastDeviation), near, far2));
    }

    /// <summary>
    /// Σ_(k ≥ 0) (−1)ᵏ R((first + k) s + a). Mills' ratio is the Laplace transform of a positive function, so its values at equal distances are totally monotone,
    /// for which a few terms with the weights of Cohen, Rodriguez Villegas and Zagier ("Convergence acceleration of alternating series", 2000) do.
    /// </summary>
    private static GraphValue Alternate(GraphValue a, GraphValue deviation, int first)
    {
        GraphBuilder graph = a.Graph;
        GraphValue steps = graph.Tensor("Steps", [.. Enumerable.Range(first, Terms).Select(k => (float)k)], Terms);
        GraphValue ratios = NormalTail.MillsRatio(GraphValue.Max((deviation * steps) + a, 0));
        return graph.Gemm(ratios, graph.Tensor("AlternatingWeights", AlternatingWeights, 1, Terms), graph.Tensor("Zero", [0], 1));
    }

    private static float[] CreateAlternatingWeights()
    {
        double power = Math.Pow(3 + Math.Sqrt(8), Terms), d = (power + (1 / power)) / 2, b = -1, c = -d;
        float[] weights = new float[Terms];
        for (int k = 0; k < Terms; k++)
        {
            c = b - c;
            weights[k] = (float)(c / d);
            b = (k + Terms) * (k - Terms) * b / ((k + 0.5) * (k + 1));
        }

        return weights;
    }
}
