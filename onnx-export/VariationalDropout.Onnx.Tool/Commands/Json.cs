using System.Text.Json;

namespace VariationalDropout.Onnx.Tool.Commands;

/// <summary>One line for programs.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions OneLine = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, OneLine);
}
