using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Adds nodes and constants to a model that is being made, each in a form that the operator sets 9 to 17 share.</summary>
/// <remarks>
/// Its names begin with the library's, because ML.NET's converter takes every name for that of a column. Shapes of what lies between are left to the
/// runtime, which infers them. Sums over an axis would have to be written in two ways (operator set 13 made the axes an input); a mean times a number,
/// or a matrix of ones, does not.
/// </remarks>
internal sealed class GraphBuilder(OnnxContext context)
{
    /// <summary>What all its names begin with.</summary>
    public const string Prefix = "VariationalDropout.";

    /// <summary>The default domain; a null would mean that of machine learning.</summary>
    private const string Domain = "";

    private readonly Dictionary<float, GraphValue> _constants = [];
    private readonly Dictionary<string, GraphValue> _integers = [];
    private readonly List<(string Name, float[] Values, long[] Shape, GraphValue Constant)> _tensors = [];

    /// <summary>A value that is there already.</summary>
    public GraphValue Variable(string name) => new(this, name);

    /// <summary>A number of no dimensions.</summary>
    public GraphValue Constant(double value)
    {
        float single = (float)value;
        if (!_constants.TryGetValue(single, out GraphValue constant))
            _constants[single] = constant = new GraphValue(this, context.AddInitializer(single, Prefix + "Constant"));
        return constant;
    }

    /// <summary>A constant tensor; asked for again, it is the same.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="values">Its elements, the last dimension the innermost.</param>
    /// <param name="shape">Its dimensions, one or more.</param>
    public GraphValue Tensor(string name, float[] values, params long[] shape)
    {
        foreach (var tensor in _tensors)
        {
            if (tensor.Name == name && tensor.Shape.AsSpan().SequenceEqual(shape) && tensor.Values.AsSpan().SequenceEqual(values))
                return tensor.Constant;
        }

        var constant = new GraphValue(this, context.AddInitializer(values, shape, Prefix + name));
        _tensors.Add((name, values, shape, constant));
        return constant;
    }

    /// <summary>Integers of 64 bits in one dimension.</summary>
    public GraphValue Integers(params long[] values)
    {
        string key = string.Join(',', values);
        if (!_integers.TryGetValue(key, out GraphValue constant))
            _integers[key] = constant = new GraphValue(this, context.AddInitializer(values, [values.Length], Prefix + "Integers"));
        return constant;
    }

    /// <summary>A node of one output, without attributes.</summary>
    public GraphValue Node(string operation, params ReadOnlySpan<GraphValue> inputs) => Node(operation, out _, inputs);

    /// <summary>Z = A Wᵀ + b.</summary>
    /// <param name="input">A, [rows, inputs].</param>
    /// <param name="weights">W, [outputs, inputs]: OpenCV refuses it the other way round.</param>
    /// <param name="bias">b, a number, [outputs] or [rows, outputs]; it may be left out only from operator set 11 on.</param>
    public GraphValue Gemm(GraphValue input, GraphValue weights, GraphValue bias)
    {
        GraphValue result = Node("Gemm", out OnnxNode node, input, weights, bias);
        node.AddAttribute("transB", 1L);
        return result;
    }

    /// <summary>[rows, …] → [rows, numbers of a row].</summary>
    public GraphValue Flatten(GraphValue value) => WithAxis("Flatten", value, 1);

    /// <summary>The elements of an axis that <paramref name="indices"/> names, as that axis.</summary>
    public GraphValue Gather(GraphValue value, long axis, params long[] indices)
    {
        GraphValue result = Node("Gather", out OnnxNode node, value, Integers(indices));
        node.AddAttribute("axis", axis);
        return result;
    }

    /// <summary>The element of an axis at <paramref name="index"/>; the axis goes.</summary>
    public GraphValue Element(GraphValue value, long axis, long index)
    {
        GraphValue result = Node("Gather", out OnnxNode node, value, new GraphValue(this, context.AddInitializer(index, Prefix + "Index")));
        node.AddAttribute("axis", axis);
        return result;
    }

    /// <summary>[…, 1] → […]. ONNX Runtime goes through a column element by element, ten times slower than through a row.</summary>
    public GraphValue DropColumn(GraphValue value, bool isStacked = false) => isStacked ? Reshape(value, 0, -1) : Reshape(value, -1);

    /// <summary>Columns side by side, [rows, 1] each.</summary>
    public GraphValue Columns(params ReadOnlySpan<GraphValue> columns)
    {
        GraphValue result = Node("Concat", out OnnxNode node, columns);
        node.AddAttribute("axis", 1L);
        return result;
    }

    /// <summary>The same numbers in other dimensions, one of which may be −1.</summary>
    public GraphValue Reshape(GraphValue value, params long[] shape) => Node("Reshape", value, Integers(shape));

    /// <summary>The softmax over the last axis, <paramref name="axis"/>; before operator set 13 it took all axes from there on as one.</summary>
    public GraphValue Softmax(GraphValue value, long axis) => WithAxis("Softmax", value, axis);

    /// <summary>The mean over an axis, which goes.</summary>
    public GraphValue Mean(GraphValue value, long axis) => Reduce("ReduceMean", value, axis);

    /// <summary>The largest over an axis, which goes.</summary>
    public GraphValue Largest(GraphValue value, long axis) => Reduce("ReduceMax", value, axis);

    /// <summary>The sum over an axis of <paramref name="count"/> elements.</summary>
    public GraphValue Sum(GraphValue value, long axis, int count) => Mean(value, axis) * count;

    /// <summary>The index of the largest element of each row, the first where several are; [rows] of 64-bit integers.</summary>
    public GraphValue ArgMax(GraphValue value)
    {
        GraphValue result = WithAxis("ArgMax", value, 1, out OnnxNode node);
        node.AddAttribute("keepdims", 0L);
        return result;
    }

    /// <summary>max(x, slope x).</summary>
    public GraphValue LeakyRelu(GraphValue value, double slope)
    {
        GraphValue result = Node("LeakyRelu", out OnnxNode node, value);
        node.AddAttribute("alpha", slope);
        return result;
    }

    /// <summary>Φ(x), with an absolute error of single precision.</summary>
    public GraphValue NormalDistribution(GraphValue value) => (0.5 * Node("Erf", value * (1 / Math.Sqrt(2)))) + 0.5;

    /// <summary>Standard normals, drawn anew at every run.</summary>
    public GraphValue Normals(params long[] shape)
    {
        GraphValue result = Node("RandomNormal", out OnnxNode node);
        node.AddAttribute("shape", shape.AsEnumerable());
        return result;
    }

    /// <summary>Numbers of another type.</summary>
    public GraphValue Cast(GraphValue value, Type type)
    {
        GraphValue result = Node("Cast", out OnnxNode node, value);
        node.AddAttribute("to", type);
        return result;
    }

    /// <summary>Declares a value, [rows] or [rows, numbers], as a score column.</summary>
    public NetworkOutput Output(string column, DataViewType type, GraphValue value)
    {
        string variable = context.AddIntermediateVariable(type, column);
        GraphValue shape = Integers(-1, type is VectorDataViewType vector ? vector.Size : 1);
        context.CreateNode("Reshape", [value.Name, shape.Name], [variable], context.GetNodeName(Prefix + "Output"), Domain);
        return new NetworkOutput(column, variable, type);
    }

    private GraphValue Reduce(string operation, GraphValue value, long axis)
    {
        GraphValue result = Node(operation, out OnnxNode node, value);
        node.AddAttribute("axes", Enumerable.Repeat(axis, 1));
        node.AddAttribute("keepdims", 0L);
        return result;
    }

    private GraphValue WithAxis(string operation, GraphValue value, long axis) => WithAxis(operation, value, axis, out _);

    private GraphValue WithAxis(string operation, GraphValue value, long axis, out OnnxNode node)
    {
        GraphValue result = Node(operation, out node, value);
        node.AddAttribute("axis", axis);
        return result;
    }

    private GraphValue Node(string operation, out OnnxNode node, params ReadOnlySpan<GraphValue> inputs)
    {
        string[] names = new string[inputs.Length];
        for (int i = 0; i < names.Length; i++)
            names[i] = inputs[i].Name;
        string output = context.AddIntermediateVariable(null!, Prefix + operation, skip: true);
        node = context.CreateNode(operation, names, [output], context.GetNodeName(Prefix + operation), Domain);
        return new GraphValue(this, output);
    }
}
