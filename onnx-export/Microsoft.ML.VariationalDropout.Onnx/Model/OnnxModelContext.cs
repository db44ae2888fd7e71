using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// A graph in the making, as ML.NET's transforms see it: each adds its nodes, and asks which value of the graph holds a column at its
/// place in the pipeline.
/// </summary>
/// <remarks>
/// It does what ML.NET's own converter does where a transform can tell the difference, except that names of constants are not taken for
/// columns, and that names of nodes are unique.
/// </remarks>
internal sealed class OnnxModelContext : OnnxContext
{
    /// <summary>The version of the operators that ML.NET's transforms emit.</summary>
    public const int PipelineOpset = 12;

    /// <summary>The version of the operators of a network alone.</summary>
    public const int NetworkOpset = 17;

    private const int MachineLearningOpset = 2;
    private const int ContribOpset = 1;

    private readonly int _opset;
    private readonly GraphProto _graph = new() { Name = "model" };
    private readonly Dictionary<string, string> _variableOfColumn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ValueInfoProto> _descriptions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reservedNodeNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nodeNames = new(StringComparer.Ordinal);

    /// <param name="opset">Version of ONNX's own operators.</param>
    public OnnxModelContext(int opset) => _opset = opset;

    public GraphProto Graph => _graph;

    /// <summary>The model with what its nodes use imported.</summary>
    public ModelProto CreateModel()
    {
        // IR 7 goes with operators of versions 12 and 13, IR 8 with 15 to 18: what older runtimes look at first.
        var model = new ModelProto { IrVersion = _opset <= 13 ? 7 : 8, Graph = _graph };
        model.OpsetImports[""] = _opset;
        foreach (string domain in _graph.Nodes.Select(node => node.Domain).Where(domain => domain.Length > 0))
            model.OpsetImports[domain] = domain == ModelProto.MachineLearningDomain ? MachineLearningOpset : ContribOpset;
        return model;
    }

    /// <summary>Adds an input of the graph that holds a column.</summary>
    /// <returns>Its name.</returns>
    public string AddInput(DataViewType type, string columnName)
    {
        string variable = AddColumn(columnName);
        _graph.Inputs.Add(_descriptions[variable] = Describe(type, variable));
        return variable;
    }

    /// <summary>A name for a value that is no column.</summary>
    public string MakeVariable(string prefix) => MakeUnique(prefix, _variables);

    /// <summary>Keeps a name from being given to anything but the output that will have it.</summary>
    public void ReserveVariable(string outputName)
    {
        _variables.Add(outputName);
        _outputNames.Add(outputName);
    }

    /// <summary>Adds an output of the graph, with the shape of the column: some transforms' operators add dimensions of 1 to vectors.</summary>
    /// <param name="type">Type of the column.</param>
    /// <param name="variableName">The value that holds it.</param>
    /// <param name="outputName">Name of the output, see <see cref="ReserveVariable"/>.</param>
    public void AddOutput(DataViewType type, string variableName, string outputName)
    {
        bool isVector = type is VectorDataViewType vector && vector.Dimensions.Length == 1;
        string operation = isVector ? "Flatten" : "Identity";
        OnnxNode node = CreateNode(operation, [variableName], [outputName], GetNodeName(operation), "");
        if (isVector)
            node.AddAttribute("axis", 1L);
        _graph.Outputs.Add(Describe(type, outputName));
    }

    /// <summary>The value that holds a column here; null where none does.</summary>
    public string? FindVariable(string columnName) => _variableOfColumn.GetValueOrDefault(columnName);

    /// <summary>The type that a value was declared with; undefined where it was not.</summary>
    public ElementType TypeOf(string variable) => _descriptions.GetValueOrDefault(variable)?.ElementType ?? ElementType.Undefined;

    /// <summary>All columns that a value holds here.</summary>
    public Dictionary<string, string> GetColumns() => new(_variableOfColumn, StringComparer.Ordinal);

    /// <summary>Says again which value holds a column: some transforms that give up remove the column that they read.</summary>
    public void RestoreColumn(string columnName, string variable)
    {
        _variableOfColumn[columnName] = variable;
        _variables.Add(variable);
    }

    public override string GetNodeName(string prefix) => MakeUnique(prefix, _reservedNodeNames);

    public override bool IsVariableDefined(string variableName) => _variables.Contains(variableName);

    public override bool ContainsColumn(string colName) => _variableOfColumn.ContainsKey(colName);

    public override void CheckOpSetVersion(int thisTransformerMinumumOpSetVersion, string registerTransformerName)
    {
        if (_opset < thisTransformerMinumumOpSetVersion)
        {
            throw new NotSupportedException(
                $"{registerTransformerName} needs version {thisTransformerMinumumOpSetVersion} of ONNX's operators or a later one; {_opset} was asked for.");
        }
    }

    public override void RemoveColumn(string colName, bool removeVariable = false)
    {
        if (_variableOfColumn.Remove(colName, out string? variable) && removeVariable)
            RemoveDescription(variable);
    }

    public override void RemoveVariable(string variableName, bool removeColumn)
    {
        foreach (string column in _variableOfColumn.Where(pair => pair.Value == variableName).Select(pair => pair.Key).ToArray())
            _variableOfColumn.Remove(column);
        if (removeColumn)
            RemoveDescription(variableName);
        if (!_outputNames.Contains(variableName))
            _variables.Remove(variableName);
    }

    // What ML.NET's documentation calls a variable's name is that of a column in its converter and its callers.
    public override void RemoveInputVariable(string variableName)
    {
        string variable = GetVariableName(variableName);
        RemoveVariable(variable, removeColumn: true);
        _graph.Inputs.RemoveAll(input => input.Name == variable);
    }

    public override string GetVariableName(string colName)
        => FindVariable(colName) ?? throw new InvalidOperationException($"No value of the graph holds the column '{colName}'.");

    public override string AddIntermediateVariable(DataViewType type, string colName, bool skip = false)
    {
        string variable = AddColumn(colName);
        if (!skip)
            _graph.Values.Add(_descriptions[variable] = Describe(type, variable));
        return variable;
    }

    public override OnnxNode CreateNode(string opType, IEnumerable<string> inputs, IEnumerable<string> outputs, string name, string? domain = null)
    {
        var node = new NodeProto
        {
            OperatorType = opType,
            Name = _nodeNames.Add(name) ? name : MakeUnique(name, _nodeNames),
            Domain = domain ?? ModelProto.MachineLearningDomain,
        };
        _reservedNodeNames.Add(node.Name);
        node.Inputs.AddRange(inputs);
        node.Outputs.AddRange(outputs);
        _graph.Nodes.Add(node);
        return new OnnxModelNode(node);
    }

    public override OnnxVersion GetOnnxVersion() => OnnxVersion.Stable;

    public override List<long>? RetrieveShapeOrNull(string variableName)
        => _descriptions.GetValueOrDefault(variableName)?.Shape?.Select(dimension => dimension.Size).ToList();

    public override string AddInitializer(bool value, string? name = null, bool makeUniqueName = true)
        => Add<bool>([value], [], name ?? "bool", makeUniqueName);

    public override string AddInitializer(float value, string? name = null, bool makeUniqueName = true)
        => Add<float>([value], [], name ?? "float", makeUniqueName);

    public override string AddInitializer(int value, Type type, string? name = null, bool makeUniqueName = true)
        => Add([value], type, [], name ?? "int32", makeUniqueName);

    public override string AddInitializer(string value, string? name = null, bool makeUniqueName = true)
        => Add(TensorProto.Create(NameConstant(name ?? "string", makeUniqueName), [value]));

    public override string AddInitializer(long value, string? name = null, bool makeUniqueName = true)
        => Add<long>([value], [], name ?? "int64", makeUniqueName);

    public override string AddInitializer(double value, string? name = null, bool makeUniqueName = true)
        => Add<double>([value], [], name ?? "double", makeUniqueName);

    public override string AddInitializer(ulong value, bool isUint64, string? name = null, bool makeUniqueName = true)
        => isUint64 ? Add<ulong>([value], [], name ?? "uint64", makeUniqueName) : Add<uint>([(uint)value], [], name ?? "uint32", makeUniqueName);

    public override string AddInitializer(IEnumerable<bool> values, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => Add<bool>([.. values], dims, name ?? "bools", makeUniqueName);

    public override string AddInitializer(IEnumerable<float> values, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => Add<float>([.. values], dims, name ?? "floats", makeUniqueName);

    public override string AddInitializer(IEnumerable<int> values, Type type, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => Add([.. values], type, dims, name ?? "int32s", makeUniqueName);

    public override string AddInitializer(IEnumerable<string> values, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
    {
        string[] texts = [.. values];
        return Add(TensorProto.Create(NameConstant(name ?? "strings", makeUniqueName), texts, dims?.ToArray() ?? [texts.Length]));
    }

    public override string AddInitializer(IEnumerable<long> values, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => Add<long>([.. values], dims, name ?? "int64s", makeUniqueName);

    public override string AddInitializer(IEnumerable<double> values, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => Add<double>([.. values], dims, name ?? "doubles", makeUniqueName);

    public override string AddInitializer(IEnumerable<ulong> values, bool isUint64, IEnumerable<long>? dims, string? name = null, bool makeUniqueName = true)
        => isUint64
            ? Add<ulong>([.. values], dims, name ?? "uint64s", makeUniqueName)
            : Add<uint>([.. values.Select(value => (uint)value)], dims, name ?? "uint32s", makeUniqueName);

    /// <summary>The shape of a column: rows, then the dimensions of a vector, or one number.</summary>
    public static ValueInfoProto Describe(DataViewType type, string name)
    {
        Dimension[] shape = type switch
        {
            VectorDataViewType { IsKnownSize: true } vector => [Dimension.Batch, .. vector.Dimensions.Select(size => (Dimension)size)],
            VectorDataViewType => [Dimension.Batch, new Dimension(-1, null)],
            _ => [Dimension.Batch, 1],
        };
        return new ValueInfoProto(name, ElementTypes.Of(type.GetItemType().RawType), shape);
    }

    private static string MakeUnique(string prefix, HashSet<string> taken)
    {
        string name = prefix;
        for (int i = 0; !taken.Add(name); i++)
            name = $"{prefix}{i}";
        return name;
    }

    private string AddColumn(string columnName) => _variableOfColumn[columnName] = MakeUnique(columnName, _variables);

    private void RemoveDescription(string variableName) => _graph.Values.RemoveAll(value => value.Name == variableName);

    private string NameConstant(string name, bool makeUnique)
    {
        if (makeUnique)
            return MakeUnique(name, _variables);
        _variables.Add(name);
        return name;
    }

    private string Add(TensorProto tensor)
    {
        _graph.Initializers.Add(tensor);
        return tensor.Name;
    }

    private string Add<T>(ReadOnlySpan<T> values, IEnumerable<long>? dimensions, string name, bool makeUnique)
        where T : unmanaged
        => Add(TensorProto.Create(NameConstant(name, makeUnique), values, dimensions?.ToArray() ?? [values.Length]));

    private string Add(int[] values, Type type, IEnumerable<long>? dimensions, string name, bool makeUnique)
        => ElementTypes.Of(type) switch
        {
            ElementType.Int32 => Add<int>(values, dimensions, name, makeUnique),
            ElementType.Int16 => Add<short>([.. values.Select(value => (short)value)], dimensions, name, makeUnique),
            ElementType.UInt16 => Add<ushort>([.. values.Select(value => (ushort)value)], dimensions, name, makeUnique),
            ElementType.Int8 => Add<sbyte>([.. values.Select(value => (sbyte)value)], dimensions, name, makeUnique),
            ElementType.UInt8 => Add<byte>([.. values.Select(value => (byte)value)], dimensions, name, makeUnique),
            ElementType.Bool => Add<bool>([.. values.Select(value => value != 0)], dimensions, name, makeUnique),
            _ => throw new NotSupportedException($"A constant of type {type} cannot be made from integers of four bytes."),
        };
}
