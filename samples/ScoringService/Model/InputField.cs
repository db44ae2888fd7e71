using System.Text;
using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

/// <summary>An input of the graph as a field of JSON.</summary>
internal abstract class InputField(OnnxTensorInfo info, ColumnCard? card)
{
    private readonly byte[] _encodedName = Encoding.UTF8.GetBytes(info.Name);

    public OnnxTensorInfo Info => info;

    /// <summary>What the model says about the column; null where it says nothing.</summary>
    public ColumnCard? Card => card;

    public string Name => info.Name;

    /// <summary>What its values are, in JSON's words.</summary>
    public abstract FieldKind Kind { get; }

    /// <exception cref="InvalidDataException">No JSON is read into such an input.</exception>
    public static InputField Create(OnnxTensorInfo info, ColumnCard? card) => info.ElementType switch
    {
        Type type when type == typeof(float) => new SingleField(info, card),
        Type type when type == typeof(double) => new DoubleField(info, card),
        Type type when type == typeof(int) => new WholeNumberField<int>(info, card),
        Type type when type == typeof(long) => new WholeNumberField<long>(info, card),
        Type type when type == typeof(uint) => new WholeNumberField<uint>(info, card),
        Type type when type == typeof(bool) => new TruthField(info, card),
        Type type when type == typeof(string) => new TextField(info, card),
        _ => throw new InvalidDataException($"The input {info} is of a type that the service does not read from JSON; it reads numbers, texts and truth values."),
    };

    /// <summary>Whether the reader stands at a property of this name.</summary>
    public bool IsNamed(ref Utf8JsonReader reader) => reader.ValueTextEquals(_encodedName);

    /// <summary>Puts the value that the reader stands at into a row, and stays at its end; returns what is wrong with it, or null.</summary>
    public abstract string? Read(ref Utf8JsonReader reader, OnnxBatch batch, int row, TextBuffer texts);

    /// <summary>Whether a row has a value that training has not seen; false where the model does not tell.</summary>
    public abstract bool IsOutsideTraining(OnnxBatch batch, int row);

    /// <summary>Zeros, or empty texts.</summary>
    public abstract void FillWithZeros(OnnxBatch batch);
}

/// <typeparam name="T">How the graph holds a value.</typeparam>
internal abstract class InputField<T>(OnnxTensorInfo info, ColumnCard? card) : InputField(info, card)
{
    public override string? Read(ref Utf8JsonReader reader, OnnxBatch batch, int row, TextBuffer texts)
    {
        int size = Info.RowSize;
        Span<T> values = batch.GetInput<T>(Name).Slice(row * size, size);
        if (size > 1)
            return ReadArray(ref reader, values, texts);
        string? error = ReadValue(ref reader, texts, out values[0]);
        reader.Skip();
        return error;
    }

    public override bool IsOutsideTraining(OnnxBatch batch, int row)
    {
        foreach (T value in batch.GetInput<T>(Name).Slice(row * Info.RowSize, Info.RowSize))
        {
            if (IsOutsideTraining(value))
                return true;
        }

        return false;
    }

    public override void FillWithZeros(OnnxBatch batch) => batch.GetInput<T>(Name).Clear();

    protected abstract string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out T value);

    protected abstract bool IsOutsideTraining(T value);

    /// <summary>Nothing is less or more than a limit that is null.</summary>
    protected bool IsOutsideRange(double value) => value < Card?.TrainedMinimum || value > Card?.TrainedMaximum;

    protected static string Expect(string what, ref Utf8JsonReader reader) => $"must be {what}; it is {FieldKinds.Describe(reader.TokenType)}";

    private string? ReadArray(ref Utf8JsonReader reader, Span<T> values, TextBuffer texts)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            string error = Expect($"an array of {values.Length} values", ref reader);
            reader.Skip();
            return error;
        }

        string? first = null;
        int count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (count < values.Length)
                first ??= ReadValue(ref reader, texts, out values[count]) is string error ? $"has at {count} what {error}" : null;
            reader.Skip();
        }

        return first ?? (count == values.Length ? null : $"must be an array of {values.Length} values; it has {count}");
    }
}
