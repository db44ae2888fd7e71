using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PaperExperiments.Study;

/// <summary>
/// The finished runs of a study, a line of JSON each, written as soon as a run ends: a study that is interrupted, and started again, repeats
/// none of them. A run is known by all of its settings.
/// </summary>
/// <typeparam name="TSettings">A record of all that decides a run's result.</typeparam>
/// <typeparam name="TResult">A record of figures.</typeparam>
internal sealed class RunLog<TSettings, TResult> : IDisposable
    where TSettings : notnull
    where TResult : notnull
{
    private static readonly JsonSerializerOptions OneLine = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private readonly Dictionary<string, TResult> _results = [];
    private readonly FileStream _file;

    private RunLog(FileStream file) => _file = file;

    public int Count => _results.Count;

    /// <summary>Reads the runs that are there; nobody else may write to the file until it is closed.</summary>
    /// <exception cref="InvalidDataException">A line is not a run; the message names file and line.</exception>
    /// <exception cref="IOException">The file cannot be opened: another program may be writing to it.</exception>
    public static RunLog<TSettings, TResult> Open(string path)
    {
        // To share it for reading would let other writers in on Unix.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);

            // A last line without an end was being written when the program was stopped.
            int complete = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            file.SetLength(complete);
            var log = new RunLog<TSettings, TResult>(file);
            string[] lines = Encoding.UTF8.GetString(bytes, 0, complete).Split('\n');
            for (int i = 0; i < lines.Length - 1; i++)
                log.Read(lines[i], path, i + 1);
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The figures of a run; null where it has not finished yet.</summary>
    public TResult? Find(TSettings settings) => _results.GetValueOrDefault(Key(settings));

    /// <summary>What a run is known by.</summary>
    public static string Key(TSettings settings) => JsonSerializer.Serialize(settings, OneLine);

    public void Add(TSettings settings, TResult result)
    {
        _results[Key(settings)] = result;
        _file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new Line(settings, result), OneLine) + "\n"));
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();

    private void Read(string text, string path, int number)
    {
        try
        {
            Line line = JsonSerializer.Deserialize<Line>(text, OneLine) ?? throw new JsonException("found null.");
            _results[Key(line.Settings)] = line.Result;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}', line {number}: expected the settings and the result of a run of this version of the program, found something else ({error.Message}) Move the file away to start anew.", error);
        }
    }

    private sealed record Line(
        [property: JsonRequired] TSettings Settings,
        [property: JsonRequired] TResult Result);
}
