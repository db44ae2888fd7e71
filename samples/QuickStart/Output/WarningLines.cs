using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace QuickStart.Output;

/// <summary>Passes ML.NET's warnings on: rows that were skipped, a training that diverged.</summary>
internal static class WarningLines
{
    public static void Show(MLContext mlContext) => mlContext.Log += (_, message) =>
    {
        if (message.Kind == ChannelMessageKind.Warning)
            Console.Error.WriteLine($"Warning: {message.RawMessage}");
    };
}
