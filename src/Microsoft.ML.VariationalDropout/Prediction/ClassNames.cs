using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The names of the classes of a key label, as annotations that ML.NET's own scorer gives its columns.</summary>
internal sealed class ClassNames
{
    private static readonly FuncStaticMethodInfo1<DataViewSchema.Annotations, DataViewSchema.Column, Delegate> CreateGetterOf = new(CreateGetter<int>);

    private readonly DataViewSchema.Annotations? _annotations;
    private readonly DataViewSchema.Column? _keyValues;

    /// <param name="label">The label column of the training set, or null.</param>
    /// <param name="classes">Number of classes.</param>
    public ClassNames(DataViewSchema.Column? label, int classes)
    {
        _annotations = label?.Annotations;
        _keyValues = _annotations?.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues) is { Type: VectorDataViewType type } column && type.Size == classes ? column : null;
    }

    /// <summary>The values of the predicted label's keys.</summary>
    public void AddKeyValues(DataViewSchema.Annotations.Builder builder) => Add(builder, AnnotationUtils.Kinds.KeyValues);

    /// <summary>The key values of the training label in the order of the scores.</summary>
    public void AddTrainingLabelValues(DataViewSchema.Annotations.Builder builder) => Add(builder, AnnotationUtils.Kinds.TrainingLabelValues);

    /// <summary>The same as names of the slots, where they are texts.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder builder)
    {
        if (_keyValues is { Type: VectorDataViewType { ItemType: TextDataViewType } })
            Add(builder, AnnotationUtils.Kinds.SlotNames);
    }

    private void Add(DataViewSchema.Annotations.Builder builder, string kind)
    {
        if (_keyValues is DataViewSchema.Column column)
            builder.Add(kind, column.Type, Utils.MarshalInvoke(CreateGetterOf, column.Type.RawType, _annotations!, column));
    }

    private static Delegate CreateGetter<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column column) => annotations.GetGetter<T>(column);
}
