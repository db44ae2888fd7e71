using System.Numerics.Tensors;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Copies a column's values into an input of a batch: while a block is read, if nobody else wants the column; otherwise from the block, or
/// from a single row, when the scores are asked for.
/// </summary>
internal abstract class InputFeed
{
    private bool _isFedWhileRead;

    public static InputFeed Create(DataViewRow row, DataViewSchema.Column column, OnnxBatch batch, OnnxTensorInfo tensor, int index)
    {
        bool isVector = column.Type is VectorDataViewType;
        InputFeed feed;
        if (tensor.ElementType == typeof(Half))
        {
            feed = isVector ? new HalfVectorFeed(batch, tensor, index) : new HalfFeed(batch, index);
        }
        else
        {
            Type type = (isVector ? typeof(VectorFeed<>) : typeof(ScalarFeed<>)).MakeGenericType(column.Type.GetItemType().RawType);
            feed = (InputFeed)Activator.CreateInstance(type, isVector ? [batch, tensor, index] : [batch, index])!;
        }

        feed.Bind(row, column);
        return feed;
    }

    /// <summary>Copies the first rows of the block, unless they are there already.</summary>
    public void Feed(int rows)
    {
        if (!_isFedWhileRead)
            FeedBlock(rows);
    }

    protected abstract Action<int> CreateReader(DataViewRow row, DataViewSchema.Column column);

    protected abstract void BindBlock(DataViewRow row, DataViewSchema.Column column);

    protected abstract void FeedBlock(int rows);

    private void Bind(DataViewRow row, DataViewSchema.Column column)
    {
        _isFedWhileRead = row is ReadAheadCursor block && block.TryReadDirectly(column, source => CreateReader(source, column));
        if (!_isFedWhileRead)
            BindBlock(row, column);
    }

    /// <typeparam name="T">What the column holds.</typeparam>
    private abstract class ColumnFeed<T> : InputFeed
    {
        private ReadAheadCursor? _block;
        private DataViewSchema.Column _column;
        private ValueGetter<T>? _getter;
        private T _value = default!;

        protected abstract void Put(int row, ref readonly T value);

        protected override Action<int> CreateReader(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return place =>
            {
                getter(ref _value);
                Put(place, in _value);
            };
        }

        protected override void BindBlock(DataViewRow row, DataViewSchema.Column column)
        {
            _column = column;
            _block = row as ReadAheadCursor;
            if (_block is null)
                _getter = row.GetGetter<T>(column);
        }

        protected override void FeedBlock(int rows)
        {
            if (_block is null)
            {
                _getter!(ref _value);
                Put(0, in _value);
                return;
            }

            ReadOnlySpan<T> values = _block.Values<T>(_column);
            for (int row = 0; row < rows; row++)
                Put(row, in values[row]);
        }
    }

    private sealed class ScalarFeed<T>(OnnxBatch batch, int index) : ColumnFeed<T>
    {
        protected override void Put(int row, ref readonly T value) => batch.GetInput<T>(index)[row] = value;
    }

    private sealed class VectorFeed<T>(OnnxBatch batch, OnnxTensorInfo tensor, int index) : ColumnFeed<VBuffer<T>>
    {
        private readonly int _size = tensor.RowSize;

        protected override void Put(int row, ref readonly VBuffer<T> value)
        {
            Span<T> destination = batch.GetInput<T>(index).Slice(row * _size, _size);
            if (value.IsDense)
                value.GetValues().CopyTo(destination);
            else
                value.CopyTo(destination);
        }
    }

    private sealed class HalfFeed(OnnxBatch batch, int index) : ColumnFeed<float>
    {
        protected override void Put(int row, ref readonly float value) => batch.GetInput<Half>(index)[row] = (Half)value;
    }

    private sealed class HalfVectorFeed(OnnxBatch batch, OnnxTensorInfo tensor, int index) : ColumnFeed<VBuffer<float>>
    {
        private readonly float[] _dense = new float[tensor.RowSize];

        protected override void Put(int row, ref readonly VBuffer<float> value)
        {
            value.CopyTo(_dense);
            TensorPrimitives.ConvertToHalf(_dense, batch.GetInput<Half>(index).Slice(row * _dense.Length, _dense.Length));
        }
    }
}
