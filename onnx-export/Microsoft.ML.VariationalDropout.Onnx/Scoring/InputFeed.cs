using System.Numerics.Tensors;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Copies a column's values into an input of a batch: of one row, or of a block that was read ahead.</summary>
internal abstract class InputFeed
{
    public static InputFeed Create(DataViewRow row, DataViewSchema.Column column, OnnxTensorInfo tensor, int index)
    {
        bool isVector = column.Type is VectorDataViewType;
        if (tensor.ElementType == typeof(Half))
            return isVector ? new HalfVectorFeed(row, column, tensor, index) : new HalfFeed(row, column, index);
        Type type = (isVector ? typeof(VectorFeed<>) : typeof(ScalarFeed<>)).MakeGenericType(column.Type.GetItemType().RawType);
        return (InputFeed)Activator.CreateInstance(type, isVector ? [row, column, tensor, index] : [row, column, index])!;
    }

    /// <summary>Copies the first rows.</summary>
    public abstract void Feed(OnnxBatch batch, int rows);

    /// <summary>Reads a column of a row, or of all rows of the block in which it stands.</summary>
    private sealed class Reader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        private readonly ReadAheadCursor? _readAhead = row as ReadAheadCursor;
        private readonly ValueGetter<T>? _getter = row is ReadAheadCursor ? null : row.GetGetter<T>(column);
        private readonly T[] _value = new T[1];

        public ReadOnlySpan<T> Read()
        {
            if (_readAhead is not null)
                return _readAhead.Values<T>(column);
            _getter!(ref _value[0]);
            return _value;
        }
    }

    private sealed class ScalarFeed<T>(DataViewRow row, DataViewSchema.Column column, int index) : InputFeed
    {
        private readonly Reader<T> _reader = new(row, column);

        public override void Feed(OnnxBatch batch, int rows) => _reader.Read()[..rows].CopyTo(batch.GetInput<T>(index));
    }

    private sealed class VectorFeed<T>(DataViewRow row, DataViewSchema.Column column, OnnxTensorInfo tensor, int index) : InputFeed
    {
        private readonly Reader<VBuffer<T>> _reader = new(row, column);

        public override void Feed(OnnxBatch batch, int rows)
        {
            ReadOnlySpan<VBuffer<T>> values = _reader.Read();
            Span<T> destination = batch.GetInput<T>(index);
            for (int i = 0; i < rows; i++)
                values[i].CopyTo(destination.Slice(i * tensor.RowSize, tensor.RowSize));
        }
    }

    private sealed class HalfFeed(DataViewRow row, DataViewSchema.Column column, int index) : InputFeed
    {
        private readonly Reader<float> _reader = new(row, column);

        public override void Feed(OnnxBatch batch, int rows) => TensorPrimitives.ConvertToHalf(_reader.Read()[..rows], batch.GetInput<Half>(index));
    }

    private sealed class HalfVectorFeed(DataViewRow row, DataViewSchema.Column column, OnnxTensorInfo tensor, int index) : InputFeed
    {
        private readonly Reader<VBuffer<float>> _reader = new(row, column);
        private readonly float[] _dense = new float[tensor.RowSize];

        public override void Feed(OnnxBatch batch, int rows)
        {
            ReadOnlySpan<VBuffer<float>> values = _reader.Read();
            Span<Half> destination = batch.GetInput<Half>(index);
            for (int i = 0; i < rows; i++)
            {
                values[i].CopyTo(_dense);
                TensorPrimitives.ConvertToHalf(_dense, destination.Slice(i * tensor.RowSize, tensor.RowSize));
            }
        }
    }
}
