using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Text;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Writes a fitted pipeline as a graph. Every step writes itself; what a step could not write is remembered per column with the reason, so
/// that only what an output depends on is refused, by the name of the step that is the cause.
/// </summary>
internal sealed class PipelineExporter
{
    private readonly ExportSettings _settings;
    private readonly OnnxModelContext _context;
    private readonly Dictionary<NodeProto, PipelineStep> _stepOfNode = [];
    private readonly HashSet<string> _produced = new(StringComparer.Ordinal);

    /// <summary>For each column that has no value in the graph: why.</summary>
    private readonly Dictionary<string, string> _missing = new(StringComparer.Ordinal);

    private PipelineExporter(ExportSettings settings)
    {
        _settings = settings;
        _context = new OnnxModelContext(settings.Opset);
    }

    /// <exception cref="NotSupportedException">An output depends on what has no ONNX form.</exception>
    public static ExportedGraph Export(ITransformer model, IDataView data, ExportSettings settings)
    {
        List<PipelineStep> steps = PipelineStep.Apply(PipelineStep.Expand(model), data, settings, out IDataView end);
        if (steps.FirstOrDefault(step => step.View is not (IRowToRowMapper or ITransformCanSaveOnnx)) is PipelineStep other)
            throw Refuse($"{other.Name} does more than to map a row to a row");
        return new PipelineExporter(settings).Export(steps, data, end);
    }

    private static NotSupportedException Refuse(string reason, Exception? cause = null) => new($"The pipeline cannot be exported to ONNX: {reason}.", cause);

    private ExportedGraph Export(List<PipelineStep> steps, IDataView data, IDataView end)
    {
        List<DataViewSchema.Column> outputs = ChooseOutputs(steps, end.Schema);
        DataViewSchema.Column[] inputs = [.. data.Schema.Where(column => !column.IsHidden)];
        string[] names = [.. outputs.Select(column => column.Name)];
        _settings.CheckOutputs(names);

        AddInputs(inputs);
        foreach (DataViewSchema.Column column in outputs)
            _context.ReserveVariable(_settings.NameOf(column.Name));
        foreach (PipelineStep step in steps)
            Add(step);
        string[] variables =
        [
            .. names.Select(name => _context.FindVariable(name) ?? throw Refuse(_missing.GetValueOrDefault(name, $"nothing makes the column '{name}'"))),
        ];

        // Before there are outputs: they may have the names of columns that turn out to be no inputs.
        GraphPruner.Prune(_context.Graph, variables);
        _settings.CheckInputs(names, [.. _context.Graph.Inputs.Select(input => input.Name)]);
        foreach ((DataViewSchema.Column column, string variable) in outputs.Zip(variables))
            _context.AddOutput(column.Type, variable, _settings.NameOf(column.Name));
        BatchForms.Apply(_context.Graph);
        CheckNodes();
        ModelProto model = _context.CreateModel();
        ExportedColumn[] written = [.. outputs.Select(column => new ExportedColumn(column.Name, _settings.NameOf(column.Name)))];
        ModelMetadata.Describe(model, steps.LastOrDefault(step => step.IsPredictor), _settings, written, end.Schema);
        return new ExportedGraph(model, written, data, end, steps)
        {
            StepOfNode = _stepOfNode.ToDictionary(pair => pair.Key.Name, pair => pair.Value.Name),
        };
    }

    private List<DataViewSchema.Column> ChooseOutputs(List<PipelineStep> steps, DataViewSchema schema)
    {
        if (_settings.OutputColumns is not null)
        {
            return
            [
                .. _settings.OutputColumns.Select(name => schema.GetColumnOrNull(name) ?? throw ExportSettings.Invalid(
                    nameof(OnnxExportOptions.OutputColumns),
                    $"has '{name}', which is none of the columns of the transformed data: {ExportSettings.List(schema.Where(column => !column.IsHidden).Select(column => column.Name))}")),
            ];
        }

        int predictor = steps.FindLastIndex(step => step.IsPredictor);
        HashSet<string> added = [.. steps.Skip(Math.Max(predictor, 0)).SelectMany(step => step.AddedColumns)];
        List<DataViewSchema.Column> outputs = [.. schema.Where(column => !column.IsHidden && added.Contains(column.Name))];
        return outputs.Count > 0 ? outputs : throw Refuse("it adds no column to the data");
    }

    private void AddInputs(DataViewSchema.Column[] columns)
    {
        foreach (DataViewSchema.Column column in columns)
        {
            if (ElementTypes.TryGet(column.Type.GetItemType().RawType, out _))
                _produced.Add(_context.AddInput(column.Type, column.Name));
            else
                _missing[column.Name] = $"the column '{column.Name}' of the data has the type {column.Type}, which ONNX lacks";
        }
    }

    private void Add(PipelineStep step)
    {
        string[] added = [.. step.AddedColumns];
        Dictionary<string, string> before = _context.GetColumns();
        int nodes = _context.Graph.Nodes.Count;
        int initializers = _context.Graph.Initializers.Count;

        Exception? failure = null;
        bool canSave = step.View is ITransformCanSaveOnnx transform && !MixesRows(step.Maker) && TrySave(step, transform, out failure);
        NodeProto[] made = [.. _context.Graph.Nodes.Skip(nodes)];
        if (step.Maker is KeyToValueMappingTransformer)
            MissingKeys.Apply(made);
        ScalerForms.Apply(_context, made);
        HashForms.Apply(_context, step, made);
        foreach (NodeProto node in _context.Graph.Nodes.Skip(nodes))
        {
            _stepOfNode.Add(node, step);
            _produced.UnionWith(node.Outputs);
        }

        _produced.UnionWith(_context.Graph.Initializers.Skip(initializers).Select(tensor => tensor.Name));
        foreach (string column in added)
        {
            string? variable = _context.FindVariable(column);
            if (canSave && variable is not null && !_settings.AllowApproximateTextHashing && HashForms.Refuse(step, column) is string reason)
            {
                _missing[column] = reason;
                _context.RemoveColumn(column);
                continue;
            }

            if (canSave && variable is not null && variable != before.GetValueOrDefault(column) && _produced.Contains(variable))
            {
                _missing.Remove(column);
                continue;
            }

            // A step passes over columns whose sources are missing, and over those that it cannot write: the sources tell which.
            string? source = canSave || failure is not null ? FindMissingSource(step.View, column) : null;
            _missing[column] = source is not null ? _missing[source] : $"{step.Name}, which makes the column '{column}', has no ONNX form{(failure is null or InvalidCastException ? "" : ": " + failure.Message.TrimEnd('.'))}";
            _context.RemoveColumn(column);
        }

        foreach ((string column, string variable) in before)
        {
            if (!added.Contains(column) && !_context.ContainsColumn(column))
                _context.RestoreColumn(column, variable);
        }
    }

    /// <summary>Words of all rows of a batch become one list in ML.NET's nodes.</summary>
    private static bool MixesRows(ITransformer maker)
        => maker is WordTokenizingTransformer or StopWordsRemovingTransformer or CustomStopWordsRemovingTransformer;

    private bool TrySave(PipelineStep step, ITransformCanSaveOnnx transform, out Exception? failure)
    {
        failure = null;
        try
        {
            if (!transform.CanSaveOnnx(_context))
                return false;
            if (step.Network is { Graph.Kind: NetworkGraphKind.Sampling } network)
                network.Emit(_context); // The transformer itself has no mode of new draws at every run.
            else
                transform.SaveAsOnnx(_context);
            return true;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What a step throws here tells that it cannot write itself; whether that matters is seen when its columns are asked for.
            failure = exception;
            return false;
        }
    }

    private string? FindMissingSource(IDataTransform view, string column)
    {
        if (view is not IRowToRowMapper mapper || view.Schema.GetColumnOrNull(column) is not DataViewSchema.Column output)
            return null;
        foreach (DataViewSchema.Column source in mapper.GetDependencies([output]))
        {
            if (_context.FindVariable(source.Name) is null && _missing.ContainsKey(source.Name))
                return source.Name;
        }

        return null;
    }

    /// <summary>Refuses a graph that reads what nothing makes: a step that gave up half-way.</summary>
    private void CheckNodes()
    {
        GraphProto graph = _context.Graph;
        HashSet<string> known = [.. graph.Inputs.Select(input => input.Name), .. graph.Initializers.Select(tensor => tensor.Name), ""];
        foreach (NodeProto node in graph.Nodes)
        {
            if (node.Inputs.Find(name => !known.Contains(name)) is string unknown)
            {
                string step = _stepOfNode.TryGetValue(node, out PipelineStep? maker) ? maker.Name : "the pipeline";
                throw Refuse($"{step} reads the value '{unknown}', which nothing makes");
            }

            known.UnionWith(node.Outputs);
        }
    }
}
