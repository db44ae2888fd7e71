namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

/// <summary>Small graphs whose results can be told by hand.</summary>
internal static class TestGraphs
{
    /// <summary>Score = Features · W + b, with one output; W[i] = i + 1, b = 0.5.</summary>
    public static byte[] Linear(int features, string input = "Features", string output = "Score", Dimension? rows = null)
    {
        float[] weights = [.. Enumerable.Range(1, features).Select(i => (float)i)];
        ModelProto model = Create(rows ?? Dimension.Batch, [(input, ElementType.Float, [features])], [(output, ElementType.Float, [1])]);
        model.Graph.Initializers.Add(TensorProto.Create<float>("W", weights, 1, features));
        model.Graph.Initializers.Add(TensorProto.Create<float>("b", [0.5f], 1));
        Add(model, "Gemm", [input, "W", "b"], [output]).Attributes.Add(new AttributeProto("transB", 1L));
        return model.ToArray();
    }

    /// <summary>Score = 2 · Features, of the same size.</summary>
    public static byte[] Doubling(int features, ElementType type = ElementType.Float)
    {
        ModelProto model = Create(Dimension.Batch, [("Features", type, [features])], [("Score", type, [features])]);
        Add(model, "Add", ["Features", "Features"], ["Score"]);
        return model.ToArray();
    }

    /// <summary>Each input with its type, and the same as an output: Number, Whole, Flag, Count and Name.</summary>
    public static byte[] Passing()
    {
        (string Name, ElementType Type, long[] Shape)[] columns =
        [
            ("Number", ElementType.Float, [1]), ("Whole", ElementType.Int64, [1]), ("Flag", ElementType.Bool, [1]),
            ("Count", ElementType.UInt32, [1]), ("Name", ElementType.String, [2]),
        ];
        ModelProto model = Create(Dimension.Batch, columns, [.. columns.Select(column => (column.Name + ".output", column.Type, column.Shape))]);
        foreach ((string name, _, _) in columns)
            Add(model, "Identity", [name], [name + ".output"]);
        return model.ToArray();
    }

    /// <summary>Score = A + B, Twice = 2 · A: two inputs of numbers, and two outputs of which the second says nothing about its size.</summary>
    public static byte[] TwoInputs()
    {
        ModelProto model = Create(Dimension.Batch, [("A", ElementType.Float, [1]), ("B", ElementType.Float, [1])], [("Score", ElementType.Float, [1]), ("Twice", ElementType.Float, [-1])]);
        Add(model, "Add", ["A", "B"], ["Score"]);
        Add(model, "Add", ["A", "A"], ["Twice"]);
        return model.ToArray();
    }

    /// <summary>Layers of the given sizes with tanh between them, small weights, and as many outputs as the last size has.</summary>
    public static byte[] Network(params int[] sizes)
    {
        ModelProto model = Create(Dimension.Batch, [("Features", ElementType.Float, [sizes[0]])], [("Score", ElementType.Float, [sizes[^1]])]);
        string value = "Features";
        for (int layer = 1; layer < sizes.Length; layer++)
        {
            int inputs = sizes[layer - 1], outputs = sizes[layer];
            float[] weights = [.. Enumerable.Range(0, inputs * outputs).Select(i => MathF.Sin((i * 0.7f) + layer) / MathF.Sqrt(inputs))];
            model.Graph.Initializers.Add(TensorProto.Create<float>($"W{layer}", weights, outputs, inputs));
            model.Graph.Initializers.Add(TensorProto.Create<float>($"b{layer}", new float[outputs], outputs));
            bool last = layer == sizes.Length - 1;
            string sum = last ? "Score" : $"s{layer}";
            Add(model, "Gemm", [value, $"W{layer}", $"b{layer}"], [sum]).Attributes.Add(new AttributeProto("transB", 1L));
            if (!last)
                Add(model, "Relu", [sum], [value = $"h{layer}"]);
        }

        return model.ToArray();
    }

    public static ModelProto Create(Dimension rows, (string Name, ElementType Type, long[] Shape)[] inputs, (string Name, ElementType Type, long[] Shape)[] outputs)
    {
        var model = new ModelProto { ProducerName = "tests" };
        model.OpsetImports[""] = 13;
        model.Metadata["task"] = "test";
        model.Graph.Name = "graph";
        model.Graph.Inputs.AddRange(inputs.Select(input => Describe(input, rows)));
        model.Graph.Outputs.AddRange(outputs.Select(output => Describe(output, rows)));
        return model;
    }

    public static NodeProto Add(ModelProto model, string operatorType, string[] inputs, string[] outputs)
    {
        var node = new NodeProto { OperatorType = operatorType, Name = $"{operatorType}{model.Graph.Nodes.Count}" };
        node.Inputs.AddRange(inputs);
        node.Outputs.AddRange(outputs);
        model.Graph.Nodes.Add(node);
        return node;
    }

    private static ValueInfoProto Describe((string Name, ElementType Type, long[] Shape) value, Dimension rows)
        => new(value.Name, value.Type, [rows, .. value.Shape.Select(size => (Dimension)size)]);
}
