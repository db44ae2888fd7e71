namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Makes matrix products, and the simple operators between them, calculate in 16 bits. Everything else stays in 32 bits, with conversions
/// where the two meet.
/// </summary>
/// <remarks>
/// A number of 16 bits has 11 binary digits, from 6e-5 (fewer digits down to 6e-8) to 65504. Constants that it does not hold well keep their node in
/// 32 bits: the variances of weights are often that small.
/// </remarks>
internal static class HalfPrecision
{
    private const string Suffix = ".float16";

    /// <summary>Share of the sum of absolute values that rounding may change: twice what normal numbers lose.</summary>
    private const double LargestLoss = 1.0 / 1024;

    public static void Apply(GraphProto graph)
    {
        var pass = new Pass(graph);
        pass.Run();
    }

    private static bool Fits(TensorProto tensor)
    {
        double lost = 0, sum = 0;
        foreach (float value in tensor.Values<float>())
        {
            lost += Math.Abs((float)(Half)value - value);
            sum += Math.Abs(value);
        }

        return lost <= LargestLoss * sum;
    }

    private sealed class Pass(GraphProto graph)
    {
        private readonly Dictionary<string, TensorProto> _constants = graph.Initializers.ToDictionary(tensor => tensor.Name);

        /// <summary>Values that exist in 16 bits, under their name with the suffix.</summary>
        private readonly HashSet<string> _halves = new(StringComparer.Ordinal);

        /// <summary>Values that exist in 16 bits alone, so far.</summary>
        private readonly HashSet<string> _onlyHalves = new(StringComparer.Ordinal);

        private readonly List<NodeProto> _nodes = [];

        public void Run()
        {
            foreach (NodeProto node in graph.Nodes)
            {
                if (IsHalf(node))
                    AddHalf(node);
                else
                    AddFull(node);
            }

            foreach (string output in graph.Outputs.Select(output => output.Name))
                ToFull(output);
            graph.Nodes.Clear();
            graph.Nodes.AddRange(_nodes);
            GraphPruner.Prune(graph);
        }

        private bool IsHalf(NodeProto node)
        {
            bool isProduct = node is { OperatorType: "Gemm" or "MatMul", Domain: "" };
            bool isSimple = node is { OperatorType: "Relu" or "LeakyRelu" or "Tanh", Domain: "" } && _onlyHalves.Contains(node.Inputs[0]);
            bool hasMatrix = isProduct && node.Inputs.Exists(_constants.ContainsKey);
            return (isSimple || hasMatrix) && node.Inputs.TrueForAll(input => !_constants.TryGetValue(input, out TensorProto? constant) || (constant.ElementType == ElementType.Float && Fits(constant)));
        }

        private void AddHalf(NodeProto node)
        {
            foreach (string input in node.Inputs)
                ToHalf(input);
            var half = new NodeProto { OperatorType = node.OperatorType, Name = node.Name, Domain = node.Domain };
            half.Inputs.AddRange(node.Inputs.Select(input => input + Suffix));
            half.Outputs.AddRange(node.Outputs.Select(output => output + Suffix));
            half.Attributes.AddRange(node.Attributes);
            _nodes.Add(half);
            _halves.UnionWith(node.Outputs);
            _onlyHalves.UnionWith(node.Outputs);
        }

        private void AddFull(NodeProto node)
        {
            foreach (string input in node.Inputs)
                ToFull(input);
            _nodes.Add(node);
        }

        private void ToHalf(string name)
        {
            if (!_halves.Add(name))
                return;
            if (_constants.TryGetValue(name, out TensorProto? constant))
                graph.Initializers.Add(TensorProto.Create<Half>(name + Suffix, Array.ConvertAll(constant.Values<float>().ToArray(), value => (Half)value), constant.Dimensions));
            else
                AddCast(name, name + Suffix, ElementType.Float16);
        }

        private void ToFull(string name)
        {
            if (_onlyHalves.Remove(name))
                AddCast(name + Suffix, name, ElementType.Float);
        }

        private void AddCast(string from, string to, ElementType type) => _nodes.Add(new NodeProto
        {
            OperatorType = "Cast",
            Name = to + ".Cast",
            Inputs = { from },
            Outputs = { to },
            Attributes = { new AttributeProto("to", (long)type) },
        });
    }
}
