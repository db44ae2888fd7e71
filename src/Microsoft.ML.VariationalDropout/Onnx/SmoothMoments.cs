using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Moments of a smooth f(X′), X′ ~ N(−|m|, s²): softplus, SiLU, GELU or the sigmoid.</summary>
/// <remarks>
/// Figures of units are [rows, units], figures of nodes [rows × units, nodes]. Nodes are made, and summed over, by products with narrow matrices: each is one pass
/// over the nodes. Arithmetic in a column, [rows × units, 1], would be many times slower than in [rows, units].
/// </remarks>
internal sealed class SmoothMoments
{
    /// <summary>1 / √(2π).</summary>
    private const double InverseRootTwoPi = 0.39894228040143267794;

    private readonly Activation _activation;
    private readonly GraphBuilder _graph;
    private readonly SmoothRule _rule;
    private readonly long[] _shape;

    /// <summary>−|m| and s.</summary>
    private readonly GraphValue _mean;
    private readonly GraphValue _deviation;

    /// <summary>Whether s is below the grid's least deviation.</summary>
    private readonly GraphValue _isNarrow;

    /// <summary>Gauss–Hermite nodes −|m| + s z, [·, nodes].</summary>
    private readonly GraphValue _nodes;

    /// <summary>e^−(x_j + |m|)²/2s² at the grid's nodes, [·, nodes]: densities but for the factor <see cref="_weight"/>.</summary>
    private readonly GraphValue _densities;
    private readonly GraphValue _weight;

    /// <param name="activation">f.</param>
    /// <param name="input">m and s², [rows, units].</param>
    /// <param name="rule">How finely to sum.</param>
    /// <param name="shape">That of m and s²: −1 and the units of a row, or −1 for a number for each row, [rows].</param>
    public SmoothMoments(Activation activation, GraphMoments input, SmoothRule rule, params long[] shape)
    {
        _activation = activation;
        _graph = input.Mean.Graph;
        _rule = rule;
        _shape = shape;
        _mean = -GraphValue.Abs(input.Mean);
        _deviation = GraphValue.Sqrt(input.Variance);
        _isNarrow = GraphValue.Less(_deviation, GaussianGrid.LeastDeviation);

        // −|m| + s z, and the exponent written out in powers of x_j. What is lost of it where |m| is large is nothing where a density is not.
        double[] ones = [.. Enumerable.Repeat(1.0, rule.Hermite.Nodes.Length)], grid = rule.Grid();
        _nodes = Multiply("HermiteNodes", [_mean, _deviation], [ones, rule.Hermite.Nodes.ToArray()]);
        GraphValue wide = GraphValue.Max(_deviation, GaussianGrid.LeastDeviation), c = 0.5 / GraphValue.Square(wide), cm = c * _mean;
        _densities = GraphValue.Exp(Multiply("Grid", [c, cm, cm * _mean], [[.. grid.Select(x => -x * x)], [.. grid.Select(x => 2 * x)], [.. grid.Select(_ => -1.0)]]));
        _weight = (rule.Step * InverseRootTwoPi) / wide;

        SumHermite(out GraphValue narrowMean, out GraphValue narrowVariance, out GraphValue narrowCovariance);
        SumGrid(wide, out GraphValue wideMean, out GraphValue wideVariance, out GraphValue wideCovariance);
        Mean = GraphValue.Where(_isNarrow, narrowMean, wideMean);
        Variance = GraphValue.Where(_isNarrow, narrowVariance, wideVariance);
        Covariance = activation == Activation.Sigmoid ? default : GraphValue.Where(_isNarrow, narrowCovariance, wideCovariance);
    }

    /// <summary>E f(X′).</summary>
    public GraphValue Mean { get; }

    /// <summary>Var f(X′).</summary>
    public GraphValue Variance { get; }

    /// <summary>Cov(X′, f(X′)); of a rectifier alone.</summary>
    public GraphValue Covariance { get; }

    /// <summary>E b(X′) of a function that is even, smooth and dies out away from 0.</summary>
    /// <param name="nodes">b by nodes.</param>
    /// <param name="table">b by numbers.</param>
    public GraphValue Expect(Func<GraphValue, GraphValue> nodes, Func<double, double> table)
    {
        GraphValue centre = nodes(_mean);
        GraphValue narrow = Sum(nodes(_nodes) - Column(centre), "HermiteWeights", _rule.Hermite.Weights.ToArray()) + centre;
        GraphValue wide = SumGrid("GridValues", table);
        return GraphValue.Where(_isNarrow, narrow, wide);
    }

    /// <summary>Differences from f(−|m|), so that rounding is relative to the spread.</summary>
    private void SumHermite(out GraphValue mean, out GraphValue variance, out GraphValue covariance)
    {
        double[] weights = _rule.Hermite.Weights.ToArray();
        double[] slopes = [.. weights.Zip(_rule.Hermite.Nodes.ToArray(), (weight, node) => weight * node)];
        GraphValue centre = LayerNodes.Activate(_activation, _mean);
        GraphValue differences = LayerNodes.Activate(_activation, _nodes) - Column(centre);
        GraphValue first = Sum(differences, "HermiteWeights", weights), second = Sum(GraphValue.Square(differences), "HermiteWeights", weights);
        mean = centre + first;
        variance = GraphValue.Max(second - GraphValue.Square(first), 0);

        // Stein's lemma: Cov(X, f(X)) = s E[z f(m + s z)].
        covariance = _activation == Activation.Sigmoid ? default : Sum(differences, "HermiteSlopes", slopes) * _deviation;
    }

    /// <summary>f = xⁿΦ(x/τ) + b, the first part in closed form (t² = s² + τ²), b on the grid.</summary>
    private void SumGrid(GraphValue deviation, out GraphValue mean, out GraphValue variance, out GraphValue covariance)
    {
        var parts = new LocalisedActivation(_activation);
        GraphValue s2 = GraphValue.Square(deviation), t = GraphValue.Sqrt(s2 + (parts.Scale * parts.Scale));
        var tail = new NormalTail(-(_mean / t));
        GraphValue value = SumGrid("GridValues", parts.Value), square = SumGrid("GridSquares", parts.Square);
        covariance = default;
        if (_activation == Activation.Sigmoid)
        {
            mean = tail.Probability + value;
            variance = GraphValue.Max(tail.Probability + square - GraphValue.Square(mean), 0);
            return;
        }

        GraphValue ratio = s2 / GraphValue.Square(t), spread = ratio * t * tail.Density;
        mean = (_mean * tail.Probability) + spread + value;
        GraphValue moment2 = ((GraphValue.Square(_mean) + s2) * tail.Probability) + (_mean * spread * (2 - ratio));
        variance = GraphValue.Max(moment2 + square - GraphValue.Square(mean), 0);
        covariance = s2 * (tail.Probability + SumGrid("GridSlopes", parts.Slope));
    }

    /// <summary>E b(X′) for a wide X′.</summary>
    private GraphValue SumGrid(string name, Func<double, double> function) => Sum(_densities, name, [.. _rule.Grid().Select(function)]) * _weight;

    /// <summary>Σ_j w_j x_j, [rows, units].</summary>
    /// <param name="nodes">x, [rows × units, nodes].</param>
    /// <param name="name">What the weights are.</param>
    /// <param name="weights">w, [nodes].</param>
    private GraphValue Sum(GraphValue nodes, string name, double[] weights)
        => _graph.Reshape(_graph.Node("MatMul", nodes, _graph.Tensor(name, [.. weights.Select(weight => (float)weight)], weights.Length, 1)), _shape);

    /// <summary>The sum of figures of units, each times a number of its own for every node, [rows × units, nodes].</summary>
    private GraphValue Multiply(string name, GraphValue[] figures, double[][] factors)
    {
        int nodes = factors[0].Length;
        float[] table = [.. Enumerable.Range(0, nodes).SelectMany(node => factors.Select(row => (float)row[node]))];
        return _graph.Gemm(_graph.Columns([.. figures.Select(Column)]), _graph.Tensor(name, table, nodes, factors.Length), _graph.Tensor("Zero", [0], 1));
    }

    private GraphValue Column(GraphValue value) => _graph.Reshape(value, -1, 1);
}
