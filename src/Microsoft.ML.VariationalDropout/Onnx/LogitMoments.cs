using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The probability σ(z) of a Gaussian logit z ~ N(m, s²), [rows]: as OutputMoments has it, and its logarithm however small it is.</summary>
internal sealed class LogitMoments
{
    /// <summary>Terms of an alternating series: relative error 5.8^−n, 1e-6.</summary>
    private const int Terms = 8;

    /// <summary>log √(2π).</summary>
    private const double LogRootTwoPi = 0.91893853320467274178;

    private static readonly float[] AlternatingWeights = [.. AlternatingSeries.Weights(Terms).Select(weight => (float)weight)];

    public LogitMoments(GraphMoments logit)
    {
        var moments = new SmoothMoments(Activation.Sigmoid, logit, SmoothRule.Output, -1);
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
        // As OutputMoments.LogProbability: 1. m ≤ −s²,
        GraphValue moved = mean + variance, isFar = GraphValue.Less(moved, 0);
        var movedMoments = new SmoothMoments(Activation.Sigmoid, new GraphMoments(GraphValue.Min(moved, 0), variance), SmoothRule.Output, -1);
        GraphValue far = (mean + (variance * 0.5)) + GraphValue.Log(1 - movedMoments.Mean);

        // 2. not far, but narrow: the probability is not small,
        GraphValue deviation = GraphValue.Sqrt(variance), wide = GraphValue.Max(deviation, GaussianGrid.LeastDeviation);
        GraphValue near = GraphValue.Log(GraphValue.Max(probability, 1e-7));

        // 3. wide.
        GraphValue a = -(mean / wide);
        GraphValue series = Alternate(a, wide, 0) + Alternate(-a, wide, 1);
        GraphValue broad = GraphValue.Log(series) - ((GraphValue.Square(a) * 0.5) + LogRootTwoPi);
        return GraphValue.Where(isFar, far, GraphValue.Where(GraphValue.Less(deviation, GaussianGrid.LeastDeviation), near, broad));
    }

    /// <summary>
    /// Σ_(k ≥ 0) (−1)ᵏ R((first + k) s + a) by <see cref="AlternatingSeries"/>: Mills' ratio is the Laplace transform of a positive function.
    /// </summary>
    private static GraphValue Alternate(GraphValue a, GraphValue deviation, int first)
    {
        GraphBuilder graph = a.Graph;
        GraphValue steps = graph.Tensor("Steps", [.. Enumerable.Range(first, Terms).Select(k => (float)k)], Terms);
        GraphValue ratios = NormalTail.MillsRatio(GraphValue.Max((graph.Reshape(deviation, -1, 1) * steps) + graph.Reshape(a, -1, 1), 0));
        return graph.Reshape(graph.Node("MatMul", ratios, graph.Tensor("AlternatingWeights", AlternatingWeights, Terms, 1)), -1);
    }
}
