using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>A column that scoring adds: its name, type and annotations, and where a row's value is in the predictions of a block.</summary>
internal sealed class ScoreColumn
{
    public const string StandardDeviation = NetworkOutputs.StandardDeviation;
    public const string EpistemicStandardDeviation = NetworkOutputs.EpistemicStandardDeviation;
    public const string AleatoricStandardDeviation = NetworkOutputs.AleatoricStandardDeviation;
    public const string PredictiveEntropy = NetworkOutputs.PredictiveEntropy;
    public const string MutualInformation = NetworkOutputs.MutualInformation;

    private readonly Func<RowScores, Delegate> _createGetter;
    private readonly Action<DataViewSchema.Annotations.Builder>? _annotate;

    private ScoreColumn(string name, DataViewType type, Func<RowScores, Delegate> createGetter, Action<DataViewSchema.Annotations.Builder>? annotate)
    {
        Name = name;
        Type = type;
        _createGetter = createGetter;
        _annotate = annotate;
    }

    public string Name { get; }

    public DataViewType Type { get; }

    /// <param name="name">Name of the column, and its score value kind.</param>
    /// <param name="type">Type of the column.</param>
    /// <param name="value">The value of a row of the block.</param>
    /// <param name="annotate">Adds what the column has besides the annotations of every score column; or null.</param>
    public static ScoreColumn Of<T>(string name, DataViewType type, Func<Predictions, int, T> value, Action<DataViewSchema.Annotations.Builder>? annotate = null)
        => new(
            name,
            type,
            row => (ValueGetter<T>)((ref T destination) =>
            {
                row.Update();
                destination = value(row.Predictions, row.RowInBlock);
            }),
            annotate);

    /// <param name="name">Name of the column, and its score value kind.</param>
    /// <param name="values">One number per row of the block.</param>
    public static ScoreColumn Scalar(string name, Func<Predictions, float[]> values)
        => new(
            name,
            NumberDataViewType.Single,
            row =>
            {
                float[] all = values(row.Predictions);
                return (ValueGetter<float>)((ref float destination) =>
                {
                    row.Update();
                    destination = all[row.RowInBlock];
                });
            },
            annotate: null);

    /// <param name="name">Name of the column, and its score value kind.</param>
    /// <param name="size">Numbers of a row.</param>
    /// <param name="values">[rows × size].</param>
    /// <param name="annotate">As for <see cref="Of"/>.</param>
    public static ScoreColumn Vector(string name, int size, Func<Predictions, float[]> values, Action<DataViewSchema.Annotations.Builder>? annotate = null)
        => new(
            name,
            new VectorDataViewType(NumberDataViewType.Single, size),
            row =>
            {
                float[] all = values(row.Predictions);
                return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
                {
                    row.Update();
                    VBufferEditor<float> editor = VBufferEditor.Create(ref destination, size);
                    all.AsSpan(row.RowInBlock * size, size).CopyTo(editor.Values);
                    destination = editor.Commit();
                });
            },
            annotate);

    /// <summary>A getter of the value of the row at which <paramref name="row"/> stands.</summary>
    public Delegate CreateGetter(RowScores row) => _createGetter(row);

    /// <summary>What evaluators find a score column by: its kind, a value kind of its own, and what the column itself has.</summary>
    /// <param name="scoreColumnKind">One of <see cref="AnnotationUtils.Const.ScoreColumnKind"/>.</param>
    public DataViewSchema.Annotations CreateAnnotations(string scoreColumnKind)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddText(AnnotationUtils.Kinds.ScoreColumnKind, scoreColumnKind);
        AddText(AnnotationUtils.Kinds.ScoreValueKind, Name);
        _annotate?.Invoke(builder);
        return builder.ToAnnotations();

        void AddText(string kind, string text)
            => builder.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
    }
}
