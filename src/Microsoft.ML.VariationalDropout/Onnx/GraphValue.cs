namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>A value of a graph that is being made, so that nodes can be written as formulas: operators work element by element, with ONNX's broadcasting.</summary>
/// <param name="Graph">Where an operator's node goes.</param>
/// <param name="Name">Name of the ONNX variable or constant.</param>
internal readonly record struct GraphValue(GraphBuilder Graph, string Name)
{
    public static GraphValue operator +(GraphValue left, GraphValue right) => left.Graph.Node("Add", left, right);

    public static GraphValue operator +(GraphValue left, double right) => left + left.Graph.Constant(right);

    public static GraphValue operator +(double left, GraphValue right) => right.Graph.Constant(left) + right;

    public static GraphValue operator -(GraphValue left, GraphValue right) => left.Graph.Node("Sub", left, right);

    public static GraphValue operator -(GraphValue left, double right) => left - left.Graph.Constant(right);

    public static GraphValue operator -(double left, GraphValue right) => right.Graph.Constant(left) - right;

    public static GraphValue operator -(GraphValue value) => value.Graph.Node("Neg", value);

    public static GraphValue operator *(GraphValue left, GraphValue right) => left.Graph.Node("Mul", left, right);

    public static GraphValue operator *(GraphValue left, double right) => left * left.Graph.Constant(right);

    public static GraphValue operator *(double left, GraphValue right) => right.Graph.Constant(left) * right;

    public static GraphValue operator /(GraphValue left, GraphValue right) => left.Graph.Node("Div", left, right);

    public static GraphValue operator /(double left, GraphValue right) => right.Graph.Constant(left) / right;

    public static GraphValue operator /(GraphValue left, double right) => left * (1 / right);

    public static GraphValue Abs(GraphValue value) => value.Graph.Node("Abs", value);

    public static GraphValue Exp(GraphValue value) => value.Graph.Node("Exp", value);

    public static GraphValue Log(GraphValue value) => value.Graph.Node("Log", value);

    public static GraphValue Sign(GraphValue value) => value.Graph.Node("Sign", value);

    public static GraphValue Sqrt(GraphValue value) => value.Graph.Node("Sqrt", value);

    public static GraphValue Sigmoid(GraphValue value) => value.Graph.Node("Sigmoid", value);

    public static GraphValue Softplus(GraphValue value) => value.Graph.Node("Softplus", value);

    public static GraphValue Square(GraphValue value) => value * value;

    public static GraphValue Max(GraphValue value, double bound) => value.Graph.Node("Max", value, value.Graph.Constant(bound));

    public static GraphValue Min(GraphValue value, double bound) => value.Graph.Node("Min", value, value.Graph.Constant(bound));

    public static GraphValue Clamp(GraphValue value, double lower, double upper) => Min(Max(value, lower), upper);

    public static GraphValue Less(GraphValue left, GraphValue right) => left.Graph.Node("Less", left, right);

    public static GraphValue Less(GraphValue left, double right) => Less(left, left.Graph.Constant(right));

    public static GraphValue Greater(GraphValue left, double right) => left.Graph.Node("Greater", left, left.Graph.Constant(right));

    /// <summary>Elements of <paramref name="whenTrue"/> or <paramref name="whenFalse"/>; a NaN that is not chosen has no effect.</summary>
    public static GraphValue Where(GraphValue condition, GraphValue whenTrue, GraphValue whenFalse) => condition.Graph.Node("Where", condition, whenTrue, whenFalse);
}
