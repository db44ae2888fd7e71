using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Calibration;

/// <summary>A column that a mapper makes.</summary>
/// <param name="Name">Its name; it hides a column of the same name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Annotations">Its annotations.</param>
/// <param name="CreateGetter">Makes what gives its value for the row at which the cursor stands.</param>
internal sealed record MappedColumn(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations, Func<DataViewRow, Delegate> CreateGetter);

/// <summary>Makes columns of other columns of the same row, for a data view, a prediction engine and an ONNX graph alike.</summary>
/// <param name="transformer">Whose columns they are.</param>
/// <param name="sources">The columns that all of them are made of.</param>
/// <param name="columns">The columns.</param>
/// <param name="emit">Writes them as ONNX nodes.</param>
internal sealed class ColumnMapper(ITransformer transformer, DataViewSchema.Column[] sources, MappedColumn[] columns, Action<OnnxContext> emit) : IRowMapper, ISaveAsOnnx
{
    public ITransformer GetTransformer() => transformer;

    public DataViewSchema.DetachedColumn[] GetOutputColumns() => [.. columns.Select(column => new DataViewSchema.DetachedColumn(column.Name, column.Type, column.Annotations))];

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        bool isActive = Enumerable.Range(0, columns.Length).Any(activeOutput);
        return index => isActive && Array.Exists(sources, source => source.Index == index);
    }

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        disposer = null!;
        return [.. columns.Select((column, index) => activeOutput(index) ? column.CreateGetter(input) : null!)];
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => transformer.Save(ctx);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <summary>Writes nothing where the graph lacks a source: the exporter says which.</summary>
    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        if (Array.TrueForAll(sources, source => ctx.ContainsColumn(source.Name)))
            emit(ctx);
    }
}
