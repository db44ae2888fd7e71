using System.Numerics;
using System.Text.Json;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

namespace ScoringService.Model;

internal sealed class SingleField(OnnxTensorInfo info, ColumnCard? card) : InputField<float>(info, card)
{
    public override FieldKind Kind => FieldKind.Number;

    protected override string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out float value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.Number)
            return Expect("a number", ref reader);

        // 1e39 is a number of JSON and infinite here.
        return reader.TryGetSingle(out value) && float.IsFinite(value) ? null : "must be a number from -3.4e38 to 3.4e38; it is outside";
    }

    protected override bool IsOutsideTraining(float value) => IsOutsideRange(value);
}

internal sealed class DoubleField(OnnxTensorInfo info, ColumnCard? card) : InputField<double>(info, card)
{
    public override FieldKind Kind => FieldKind.Number;

    protected override string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out double value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.Number)
            return Expect("a number", ref reader);
        return reader.TryGetDouble(out value) && double.IsFinite(value) ? null : "must be a number from -1.8e308 to 1.8e308; it is outside";
    }

    protected override bool IsOutsideTraining(double value) => IsOutsideRange(value);
}

internal sealed class WholeNumberField<T>(OnnxTensorInfo info, ColumnCard? card) : InputField<T>(info, card)
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    public override FieldKind Kind => FieldKind.WholeNumber;

    protected override string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out T value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.Number)
            return Expect("a whole number", ref reader);
        if (!reader.TryGetInt64(out long number) || number < long.CreateSaturating(T.MinValue) || number > long.CreateSaturating(T.MaxValue))
            return $"must be a whole number from {T.MinValue} to {T.MaxValue}; it is another number";
        value = T.CreateTruncating(number);
        return null;
    }

    protected override bool IsOutsideTraining(T value) => IsOutsideRange(double.CreateSaturating(value));
}

internal sealed class TruthField(OnnxTensorInfo info, ColumnCard? card) : InputField<bool>(info, card)
{
    public override FieldKind Kind => FieldKind.TrueOrFalse;

    protected override string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False ? null : Expect("true or false", ref reader);
    }

    protected override bool IsOutsideTraining(bool value) => false;
}

internal sealed class TextField(OnnxTensorInfo info, ColumnCard? card) : InputField<ReadOnlyMemory<char>>(info, card)
{
    private readonly HashSet<string>? _seen = card?.Values?.ToHashSet(StringComparer.Ordinal);

    public override FieldKind Kind => FieldKind.Text;

    protected override string? ReadValue(ref Utf8JsonReader reader, TextBuffer texts, out ReadOnlyMemory<char> value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.String)
            return Expect("text", ref reader);
        try
        {
            return texts.TryAdd(ref reader, out value) ? null : $"must have {TextBuffer.MaximumLength} characters at most; it is longer";
        }
        catch (InvalidOperationException)
        {
            // The reader looks at characters only now.
            return "must be text of whole characters; it has bytes that are not UTF-8, or half a surrogate pair";
        }
    }

    protected override bool IsOutsideTraining(ReadOnlyMemory<char> value) => _seen is not null && !_seen.GetAlternateLookup<ReadOnlySpan<char>>().Contains(value.Span);
}
