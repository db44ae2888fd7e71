using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Samples;

/// <summary>The figures as one line of JSON.</summary>
internal static class JsonResult
{
    /// <summary>Signs and Greek letters stay as they are: the line goes to a console or a file, never into a web page.</summary>
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ResultTable table, double seconds)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, OneLine))
        {
            json.WriteStartObject();
            json.WriteString("command", table.Command);
            json.WriteString("title", table.Title);
            json.WriteBoolean("quick", table.Quick);
            json.WriteStartArray("rows");
            foreach (IReadOnlyList<object?> row in table.Rows)
            {
                json.WriteStartObject();
                for (int column = 0; column < row.Count; column++)
                {
                    json.WritePropertyName(table.Columns[column].Name);
                    JsonSerializer.Serialize(json, row[column]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("notes");
            foreach (string note in table.Notes)
                json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteNumber("seconds", seconds);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
