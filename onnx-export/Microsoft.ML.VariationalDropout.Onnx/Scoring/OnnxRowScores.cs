using System.Numerics.Tensors;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// The outputs of a graph for the row at which a cursor stands. On a <see cref="ReadAheadCursor"/> a whole block runs as one batch when its
/// first row is asked for; on any other row (a prediction engine's, for one) that row alone.
/// </summary>
internal sealed class OnnxRowScores : IDisposable
{
    private readonly DataViewRow _input;
    private readonly ReadAheadCursor? _readAhead;
    private readonly InputFeed[] _feeds;
    private readonly OnnxBatch _batch;
    private long _scored = -1;

    public OnnxRowScores(OnnxScorer scorer, DataViewRow input, DataViewSchema.Column[] columns)
    {
        _input = input;
        _readAhead = input as ReadAheadCursor;
        _batch = scorer.CreateBatch(_readAhead?.MaximumRows ?? 1);
        _feeds = [.. columns.Select((column, index) => InputFeed.Create(input, column, _batch, scorer.Inputs[index], index))];
    }

    private int RowInBlock => _readAhead?.RowInBlock ?? 0;

    /// <summary>A getter for an output.</summary>
    public Delegate CreateGetter(OutputColumn column, OnnxTensorInfo tensor, int index)
    {
        if (column.IsKeyOfText)
            return CreateKeyGetter(column, index);
        if (tensor.ElementType == typeof(Half))
            return tensor.RowSize == 1 ? CreateHalfGetter(index) : CreateHalfVectorGetter(tensor.RowSize, index);
        return ColumnTypes.ItemOf(tensor).RawType switch
        {
            Type type when type == typeof(float) => Create<float>(),
            Type type when type == typeof(double) => Create<double>(),
            Type type when type == typeof(sbyte) => Create<sbyte>(),
            Type type when type == typeof(short) => Create<short>(),
            Type type when type == typeof(int) => Create<int>(),
            Type type when type == typeof(long) => Create<long>(),
            Type type when type == typeof(byte) => Create<byte>(),
            Type type when type == typeof(ushort) => Create<ushort>(),
            Type type when type == typeof(uint) => Create<uint>(),
            Type type when type == typeof(ulong) => Create<ulong>(),
            Type type when type == typeof(bool) => Create<bool>(),
            _ => Create<ReadOnlyMemory<char>>(),
        };

        Delegate Create<T>() => tensor.RowSize == 1 ? CreateScalarGetter<T>(index) : CreateVectorGetter<T>(tensor.RowSize, index);
    }

    public void Dispose() => _batch.Dispose();

    /// <summary>Makes sure that the outputs are those of the current row.</summary>
    private OnnxBatch Update()
    {
        long wanted = _readAhead?.BlockNumber ?? _input.Position;
        if (wanted == _scored)
            return _batch;
        int rows = _readAhead?.RowsInBlock ?? 1;
        foreach (InputFeed feed in _feeds)
            feed.Feed(rows);
        _batch.Run(rows);
        _scored = wanted;
        return _batch;
    }

    private ValueGetter<T> CreateScalarGetter<T>(int index) => (ref T value) => value = Update().GetOutput<T>(index)[RowInBlock];

    private ValueGetter<VBuffer<T>> CreateVectorGetter<T>(int size, int index) => (ref VBuffer<T> value) =>
    {
        ReadOnlySpan<T> all = Update().GetOutput<T>(index);
        VBufferEditor<T> editor = VBufferEditor.Create(ref value, size);
        all.Slice(RowInBlock * size, size).CopyTo(editor.Values);
        value = editor.Commit();
    };

    private ValueGetter<uint> CreateKeyGetter(OutputColumn column, int index)
        => (ref uint value) => value = column.FindKey(Update().GetOutput<ReadOnlyMemory<char>>(index)[RowInBlock]);

    private ValueGetter<float> CreateHalfGetter(int index) => (ref float value) => value = (float)Update().GetOutput<Half>(index)[RowInBlock];

    private ValueGetter<VBuffer<float>> CreateHalfVectorGetter(int size, int index) => (ref VBuffer<float> value) =>
    {
        ReadOnlySpan<Half> all = Update().GetOutput<Half>(index);
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, size);
        TensorPrimitives.ConvertToSingle(all.Slice(RowInBlock * size, size), editor.Values);
        value = editor.Commit();
    };
}
