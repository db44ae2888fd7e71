using System.Globalization;
using System.Text.Json;
using ScoringService.Model;

namespace ScoringService.Requests;

/// <summary>Reads requests straight into the inputs of the graph.</summary>
internal static class RowReader
{
    private const string Rows = "rows";

    /// <summary>Reads a body that is one row, and nothing else.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static FieldErrors? ReadSingle(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace)
    {
        FieldErrors? errors = null;
        reader.Read();
        ReadRow(ref reader, model, workspace, 0, inBatch: false, ref errors);
        ReadToEnd(ref reader);
        return errors;
    }

    /// <summary>Reads a body of the form <c>{"rows": [{…}, …]}</c>; rows beyond the limit are only counted.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static FieldErrors? ReadBatch(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace, out int count)
    {
        FieldErrors? errors = null;
        count = 0;
        bool found = false;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            (errors ??= new()).Add("$", $"must be an object with the field {Rows}; it is {FieldKinds.Describe(reader.TokenType)}");
            reader.Skip();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals(Rows) || found)
            {
                (errors ??= new()).Add(reader.GetString()!, found ? "is given twice" : $"is unknown; a batch has the field {Rows} alone");
                reader.Read();
                reader.Skip();
                continue;
            }

            found = true;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                (errors ??= new()).Add(Rows, $"must be an array of rows; it is {FieldKinds.Describe(reader.TokenType)}");
                reader.Skip();
                continue;
            }

            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                if (count >= model.BatchRows || errors is { IsFull: true })
                    reader.Skip();
                else
                    ReadRow(ref reader, model, workspace, count, inBatch: true, ref errors);
            }

            if (count == 0)
                (errors ??= new()).Add(Rows, "must have a row at least; it has none");
        }

        if (!found && errors is null)
            (errors ??= new()).Add(Rows, "is missing");
        ReadToEnd(ref reader);
        return errors;
    }

    private static void ReadRow(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace, int row, bool inBatch, ref FieldErrors? errors)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            (errors ??= new()).Add(inBatch ? PathOf(row) : "$", $"must be an object with the columns of the model; it is {FieldKinds.Describe(reader.TokenType)}");
            reader.Skip();
            return;
        }

        InputField[] fields = model.Fields;
        bool[] seen = workspace.Seen;
        Array.Clear(seen);
        for (int expected = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; expected++)
        {
            int index = Find(ref reader, fields, expected);
            if (index < 0)
            {
                (errors ??= new()).Add(PathOf(row, reader.GetString()!, inBatch), $"is no column of the model; it has {string.Join(", ", fields.Select(field => field.Name))}");
                reader.Read();
                reader.Skip();
                continue;
            }

            expected = index;
            reader.Read();
            string? error = fields[index].Read(ref reader, workspace.Batch, row, workspace.Texts);
            if (seen[index])
                error = "is given twice";
            seen[index] = true;
            if (error is not null)
                (errors ??= new()).Add(PathOf(row, fields[index].Name, inBatch), error);
        }

        for (int i = 0; i < fields.Length; i++)
        {
            if (!seen[i])
                (errors ??= new()).Add(PathOf(row, fields[i].Name, inBatch), "is missing");
        }
    }

    /// <summary>Where a field of this name is: mostly behind the last one.</summary>
    private static int Find(ref Utf8JsonReader reader, InputField[] fields, int expected)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            int index = (expected + i) % fields.Length;
            if (fields[index].IsNamed(ref reader))
                return index;
        }

        return -1;
    }

    /// <summary>What stands behind the value is an error, which the reader finds.</summary>
    private static void ReadToEnd(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static string PathOf(int row, string name, bool inBatch) => inBatch ? $"{PathOf(row)}.{name}" : name;

    private static string PathOf(int row) => string.Create(CultureInfo.InvariantCulture, $"{Rows}[{row}]");
}
