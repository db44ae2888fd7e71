using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Tensors as ML.NET's columns.</summary>
internal static class ColumnTypes
{
    private static readonly Dictionary<Type, PrimitiveDataViewType> Items = new()
    {
        [typeof(float)] = NumberDataViewType.Single,
        [typeof(double)] = NumberDataViewType.Double,
        [typeof(Half)] = NumberDataViewType.Single,
        [typeof(sbyte)] = NumberDataViewType.SByte,
        [typeof(short)] = NumberDataViewType.Int16,
        [typeof(int)] = NumberDataViewType.Int32,
        [typeof(long)] = NumberDataViewType.Int64,
        [typeof(byte)] = NumberDataViewType.Byte,
        [typeof(ushort)] = NumberDataViewType.UInt16,
        [typeof(uint)] = NumberDataViewType.UInt32,
        [typeof(ulong)] = NumberDataViewType.UInt64,
        [typeof(bool)] = BooleanDataViewType.Instance,
        [typeof(string)] = TextDataViewType.Instance,
    };

    /// <summary>The type of a value; ML.NET has no halves, so they become <see cref="float"/>.</summary>
    public static PrimitiveDataViewType ItemOf(OnnxTensorInfo tensor) => Items[tensor.ElementType];

    /// <summary>A scalar for a row of one value, otherwise a vector.</summary>
    public static DataViewType Of(OnnxTensorInfo tensor)
        => tensor.RowSize == 1 ? ItemOf(tensor) : new VectorDataViewType(ItemOf(tensor), tensor.RowSize);

    /// <summary>Whether a column can be fed: of as many values, and of the type, or a key that is stored in it.</summary>
    public static bool Fits(OnnxTensorInfo tensor, DataViewType column)
        => column.GetValueCount() == tensor.RowSize && FitsItem(tensor, column.GetItemType());

    public static bool FitsItem(OnnxTensorInfo tensor, DataViewType item)
        => item == ItemOf(tensor) || (item is KeyDataViewType && item.RawType == tensor.ElementType);
}
