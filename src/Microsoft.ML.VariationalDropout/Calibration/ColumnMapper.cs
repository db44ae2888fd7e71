using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Microsoft.ML.Trainers.VariationalDropout.Calibration;

/// <summary>A column that a mapper makes.</summary>
/// <typeparam name="TSource">What it is made of.</typeparam>
/// <param name="Name">Its name; it hides a column of the same name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Annotations">Its annotations.</param>
/// <param name="CreateGetter">Makes what gives its value, from what it is made of at the row at which the cursor stands.</param>
internal sealed record MappedColumn<TSource>(string Name, DataViewType Type, DataViewSchema.Annotations? Annotations, Func<Func<TSource>, Delegate> CreateGetter);

/// <summary>Makes columns of other columns of the same row, for a data view, a prediction engine and an ONNX graph alike.</summary>
/// <typeparam name="TSource">What all of them are made of; computed once a row, however many of them are read.</typeparam>
/// <param name="transformer">Whose columns they are.</param>
/// <param name="sources">The columns that <typeparamref name="TSource"/> is computed from.</param>
/// <param name="createReader">Makes what computes it for the row at which the cursor stands.</param>
/// <param name="columns">The columns.</param>
/// <param name="emit">Writes them as ONNX nodes.</param>
internal sealed class ColumnMapper<TSource>(
    ITransformer transformer, DataViewSchema.Column[] sources, Func<DataViewRow, Func<TSource>> createReader, MappedColumn<TSource>[] columns, Action<OnnxContext> emit)
    : IRowMapper, ISaveAsOnnx
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

        // Only where a column is wanted: the sources of none cannot be read.
        Func<TSource>? read = Enumerable.Range(0, columns.Length).Any(activeOutput) ? OncePerRow(input, createReader(input)) : null;
        return [.. columns.Select((column, index) => activeOutput(index) ? column.CreateGetter(read!) : null!)];
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => transformer.Save(ctx);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    /// <summary>Writes nothing where the graph lacks a source: the exporter says which.</summary>
    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        if (Array.TrueForAll(sources, source => ctx.ContainsColumn(source.Name)))
            emit(ctx);
    }

    /// <summary>A cursor and its getters belong to one thread; a row is known by its position, as to ML.NET's own mappers.</summary>
    private static Func<TSource> OncePerRow(DataViewRow row, Func<TSource> read)
    {
        long position = -1;
        TSource? value = default;
        return () =>
        {
            if (position != row.Position)
            {
                value = read();
                position = row.Position;
            }

            return value!;
        };
    }
}
