using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Samples;

/// <summary>Passes ML.NET's warnings and errors on: rows that were skipped, a training that diverged.</summary>
internal static class WarningLines
{
    public static void Show(MLContext mlContext) => mlContext.Log += (_, message) =>
    {
        if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
            Console.Error.WriteLine($"{message.Kind}: {message.RawMessage}");
    };
}
