using Microsoft.Extensions.Logging;
using ScoringService.Hosting;

namespace ScoringService.Model;

/// <summary>The current model, and how another takes its place.</summary>
internal sealed partial class ModelHolder(ScoringSettings settings, ScoringMetrics metrics, ILogger<ModelHolder> logger) : IDisposable
{
    private readonly SemaphoreSlim _oneReload = new(1);
    private ScoringModel? _current;
    private string? _file;

    /// <summary>Whether there is a model.</summary>
    public bool IsReady => Volatile.Read(ref _current) is not null;

    /// <summary>The current model, to be given back with <see cref="ScoringModel.Release"/>; null while there is none.</summary>
    public ScoringModel? Take()
    {
        while (true)
        {
            // One that was freed between the two looks has a successor already.
            ScoringModel? model = Volatile.Read(ref _current);
            if (model is null || model.TryEnter())
                return model;
        }
    }

    /// <summary>Loads the first model.</summary>
    /// <exception cref="ModelRefusedException">See <see cref="ScoringModel.Load"/>.</exception>
    public void LoadFirst(string file)
    {
        _file = file;
        Replace(ScoringModel.Load(file, settings));
    }

    /// <summary>
    /// Loads the file anew. Requests under way end with the model that they began with; if the file is bad, the current model stays. Null when
    /// another reload is under way, or no model was loaded yet.
    /// </summary>
    /// <exception cref="ModelRefusedException">The file is bad.</exception>
    public async Task<ModelChange?> ReloadAsync()
    {
        if (_file is not string file || !IsReady || !await _oneReload.WaitAsync(0))
            return null;
        try
        {
            // Not on the threads of requests: this takes some milliseconds of calculation.
            ScoringModel model = await Task.Run(() => ScoringModel.Load(file, settings));
            string before = Replace(model);
            metrics.Reloaded(succeeded: true);
            return new(before, model.Version, model.LoadedAt);
        }
        catch (ModelRefusedException error)
        {
            metrics.Reloaded(succeeded: false);
            LogRefused(error.Message);
            throw;
        }
        finally
        {
            _oneReload.Release();
        }
    }

    /// <summary>After the last request.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _current, null)?.Release();
        _oneReload.Dispose();
    }

    private string Replace(ScoringModel model)
    {
        LogLoaded(model.File, model.Version);
        ScoringModel? before = Interlocked.Exchange(ref _current, model);
        string version = before?.Version ?? "";
        before?.Release();
        return version;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {File} is in use, version {Version}.")]
    private partial void LogLoaded(string file, string version);

    [LoggerMessage(Level = LogLevel.Error, Message = "The reload failed and the model of before stays in use. {Reason}")]
    private partial void LogRefused(string reason);
}
