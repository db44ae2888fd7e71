using System.Globalization;
using System.Text.Json;
using ScoringService.Model;

namespace ScoringService.Requests;

/// <summary>Reads requests straight into the inputs of the graph, and runs it whenever there is no more room.</summary>
internal static class RequestReader
{
    private const string Rows = "rows";

    /// <summary>Answers a body that is one row, and nothing else, unless there are errors.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static FieldErrors? AnswerSingle(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace)
    {
        FieldErrors? errors = null;
        reader.Read();
        ReadRow(ref reader, model, workspace, 0, rowOfBatch: null, ref errors);
        ReadToEnd(ref reader);
        if (errors is null)
            workspace.Answer.WriteSingle(model.Run(workspace, 1)[0], model.FindOutsideTraining(workspace, 0), model.Version);
        return errors;
    }

    /// <summary>Answers a body of the form <c>{"rows": [{…}, …]}</c>, unless there are errors; rows beyond the limit are only counted.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static FieldErrors? AnswerBatch(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace, out int count)
    {
        FieldErrors? errors = null;
        count = 0;
        bool found = false;
        workspace.Answer.BeginBatch(model.Version);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            (errors ??= new()).Add("$", $"must be an object with the field {Rows}; it is {FieldKinds.Describe(reader.TokenType)}");
            reader.Skip();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = NameOf(ref reader);
            if (name != Rows || found)
            {
                (errors ??= new()).Add(name, name == Rows ? "is given twice" : $"is unknown; a batch has the field {Rows} alone");
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

            count = AnswerRows(ref reader, model, workspace, ref errors);
        }

        if (!found && errors is null)
            (errors ??= new()).Add(Rows, "is missing");
        ReadToEnd(ref reader);
        workspace.Answer.EndBatch();
        return errors;
    }

    /// <summary>Returns how many there are.</summary>
    private static int AnswerRows(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace, ref FieldErrors? errors)
    {
        int count = 0, filled = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (count >= model.MaximumBatchRows || errors is { IsFull: true })
            {
                reader.Skip();
                continue;
            }

            ReadRow(ref reader, model, workspace, filled++, count, ref errors);
            if (filled == workspace.Batch.MaximumRows)
                AnswerFilled(ref filled, errors);
        }

        AnswerFilled(ref filled, errors);
        if (count == 0)
            (errors ??= new()).Add(Rows, "must have a row at least; it has none");
        return count;

        void AnswerFilled(ref int filled, FieldErrors? errors)
        {
            if (filled > 0 && errors is null)
            {
                Answers answers = model.Run(workspace, filled);
                for (int row = 0; row < answers.Count; row++)
                    workspace.Answer.Add(answers[row], model.FindOutsideTraining(workspace, row));
            }

            filled = 0;
            workspace.Texts.Clear();
        }
    }

    private static void ReadRow(ref Utf8JsonReader reader, ScoringModel model, Workspace workspace, int row, int? rowOfBatch, ref FieldErrors? errors)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            (errors ??= new()).Add(rowOfBatch is int index ? PathOf(index) : "$", $"must be an object with the columns of the model; it is {FieldKinds.Describe(reader.TokenType)}");
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
                (errors ??= new()).Add(PathOf(rowOfBatch, NameOf(ref reader)), $"is no column of the model; it has {string.Join(", ", fields.Select(field => field.Name))}");
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
                (errors ??= new()).Add(PathOf(rowOfBatch, fields[index].Name), error);
        }

        for (int i = 0; i < fields.Length; i++)
        {
            if (!seen[i])
                (errors ??= new()).Add(PathOf(rowOfBatch, fields[i].Name), "is missing");
        }
    }

    /// <summary>Where a field of this name is: mostly behind the last one.</summary>
    private static int Find(ref Utf8JsonReader reader, InputField[] fields, int expected)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            int index = (expected + i) % fields.Length;
            if (IsNamed(fields[index], ref reader))
                return index;
        }

        return -1;
    }

    private static bool IsNamed(InputField field, ref Utf8JsonReader reader)
    {
        try
        {
            return field.IsNamed(ref reader);
        }
        catch (InvalidOperationException)
        {
            // The name has characters that are none.
            return false;
        }
    }

    /// <summary>For a message; a name of any length, cut.</summary>
    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return Excerpt.Of(reader.GetString()!);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("A name has bytes that are not UTF-8, or half a surrogate pair.", error);
        }
    }

    /// <summary>What stands behind the value is an error, which the reader finds.</summary>
    private static void ReadToEnd(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static string PathOf(int? row, string name) => row is int index ? $"{PathOf(index)}.{name}" : name;

    private static string PathOf(int row) => string.Create(CultureInfo.InvariantCulture, $"{Rows}[{row}]");
}
