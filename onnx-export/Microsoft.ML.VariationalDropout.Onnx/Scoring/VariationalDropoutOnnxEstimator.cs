using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Scores rows with an exported ONNX model: in a pipeline it stands where the trained model stood, or the whole trained pipeline.
/// </summary>
/// <remarks>
/// To create it, use <see cref="VariationalDropoutOnnxCatalog.ApplyVariationalDropoutOnnxModel(TransformsCatalog, string, OnnxScorerOptions?)"/>.
/// There is nothing to train: the session with ONNX Runtime is made when the estimator is.
///
/// ### Input and Output Columns
/// One column for each input of the graph, of the input's name: a scalar where a row has one value, otherwise a vector of a known size;
/// <see cref="float"/> for float16, text for strings, and for unsigned integers a key of that type too. One column for each output that has
/// values per row, of the output's name without <c>.output</c>, of the types that the graph says: <c>Score</c>, <c>Probability</c>,
/// <c>PredictedLabel</c> and the columns of uncertainty, as they were exported. Only what is read is copied; a row runs once. A file that this
/// library wrote knows its task and its classes: evaluators find the columns, <c>Score</c> has the classes' names, and what was a key
/// is a key with the same values, also where the graph gives a class's name as a text, and where the export gave the output another name.
/// </remarks>
public sealed class VariationalDropoutOnnxEstimator : IEstimator<VariationalDropoutOnnxTransformer>
{
    private readonly IHost _host;
    private readonly VariationalDropoutOnnxTransformer _transformer;

    internal VariationalDropoutOnnxEstimator(IHostEnvironment env, byte[] model, OnnxScorerOptions options)
    {
        _host = Contracts.CheckRef(env, nameof(env)).Register(nameof(VariationalDropoutOnnxEstimator));
        _transformer = new VariationalDropoutOnnxTransformer(env, model, options);
    }

    /// <summary>Checks that the data has the graph's columns.</summary>
    /// <param name="input">The data; no row is read.</param>
    /// <returns>The transformer, the same at every call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An input's column is missing, or of another type.</exception>
    public VariationalDropoutOnnxTransformer Fit(IDataView input)
    {
        _host.CheckValue(input, nameof(input));
        _transformer.GetOutputSchema(input.Schema);
        return _transformer;
    }

    /// <summary>The columns that come out for columns that go in.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <returns>These, and one for each output; an output takes the place of a column of its name.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An input's column is missing, or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        _host.CheckValue(inputSchema, nameof(inputSchema));
        foreach (OnnxTensorInfo input in _transformer.Inputs)
        {
            if (!inputSchema.TryFindColumn(input.Name, out SchemaShape.Column column))
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name);
            bool isSized = column.Kind == SchemaShape.Column.VectorKind.Vector || (column.Kind == SchemaShape.Column.VectorKind.Scalar && input.RowSize == 1);
            bool isItem = column.IsKey ? column.ItemType.RawType == input.ElementType : column.ItemType == ColumnTypes.ItemOf(input);
            if (!isSized || !isItem)
                throw _host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, ColumnTypes.Of(input).ToString(), column.GetTypeString());
        }

        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (OutputColumn output in _transformer.Columns)
            columns[output.Name] = output.CreateShape();
        return new SchemaShape(columns.Values);
    }
}
