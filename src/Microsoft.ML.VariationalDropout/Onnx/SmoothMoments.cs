using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Moments of a smooth f(X′), X′ ~ N(−|m|, s²): softplus, SiLU, GELU or the sigmoid. All numbers stand in one column, [rows × units, 1].</summary>
internal sealed class SmoothMoments
{
    private readonly Activation _activation;
    private readonly GraphBuilder _graph;
    private readonly SmoothRule _rule;

    /// <summary>−|m|, s, and the value of f there.</summary>
    private readonly GraphValue _mean;
    private readonly GraphValue _deviation;

    /// <summary>Whether s is below the grid's least deviation.</summary>
    private readonly GraphValue _isNarrow;

    /// <summary>Gauss–Hermite nodes −|m| + s z, [·, nodes].</summary>
    private readonly GraphValue _nodes;

    /// <summary>Densities at the grid's nodes, s and all but the factor <see cref="_weight"/>, [·, nodes].</summary>
    private readonly GraphValue _densities;
    private readonly GraphValue _weight;

    /// <param name="activation">f.</param>
    /// <param name="input">m and s², [rows, units].</param>
    /// <param name="rule">How finely to sum.</param>
    public SmoothMoments(Activation activation, GraphMoments input, SmoothRule rule)
    {
        _activation = activation;
        _graph = input.Mean.Graph;
        _rule = rule;
        _mean = -GraphValue.Abs(_graph.Reshape(input.Mean, -1, 1));
        _deviation = _graph.Reshape(GraphValue.Sqrt(input.Variance), -1, 1);
        _isNarrow = GraphValue.Less(_deviation, GaussianGrid.LeastDeviation);
        _nodes = _mean + (_deviation * Row("HermiteNodes", rule.Hermite.Nodes.ToArray()));

        GraphValue wide = GraphValue.Max(_deviation, GaussianGrid.LeastDeviation);
        _densities = NormalTail.Phi((Row("Grid", rule.Grid()) - _mean) / wide);
        _weight = rule.Step / wide;

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
        GraphValue narrow = Sum(nodes(_nodes) - centre, "HermiteWeights", _rule.Hermite.Weights.ToArray()) + centre;
        GraphValue wide = Sum(_densities, "GridValues", [.. _rule.Grid().Select(table)]) * _weight;
        return GraphValue.Where(_isNarrow, narrow, wide);
    }

    /// <summary>Differences from f(−|m|), so that rounding is relative to the spread.</summary>
    private void SumHermite(out GraphValue mean, out GraphValue variance, out GraphValue covariance)
    {
        double[] weights = _rule.Hermite.Weights.ToArray();
        double[] slopes = [.. weights.Zip(_rule.Hermite.Nodes.ToArray(), (weight, node) => weight * node)];
        GraphValue centre = LayerNodes.Activate(_activation, _mean);
        GraphValue differences = LayerNodes.Activate(_activation, _nodes) - centre;
        GraphValue first = Sum(differences, "HermiteWeights", weights);
        GraphValue second = Sum(GraphValue.Square(differences), "HermiteWeights", weights);
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
        double[] grid = _rule.Grid();
        GraphValue value = Sum(_densities, "GridValues", [.. grid.Select(parts.Value)]) * _weight;
        GraphValue square = Sum(_densities, "GridSquares", [.. grid.Select(parts.Square)]) * _weight;
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
        GraphValue slope = Sum(_densities, "GridSlopes", [.. grid.Select(parts.Slope)]) * _weight;
        covariance = s2 * (tail.Probability + slope);
    }

    /// <summary>Σ w_j x_j of each row, [·, 1].</summary>
    private GraphValue Sum(GraphValue values, string name, double[] weights)
        => _graph.Gemm(values, _graph.Tensor(name, [.. weights.Select(weight => (float)weight)], 1, weights.Length), _graph.Tensor("Zero", [0], 1));

    private GraphValue Row(string name, double[] values) => _graph.Tensor(name, [.. values.Select(value => (float)value)], values.Length);
}
