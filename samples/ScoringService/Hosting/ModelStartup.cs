using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ScoringService.DefaultModel;
using ScoringService.Model;

namespace ScoringService.Hosting;

/// <summary>Loads the first model while the service is up already, live but not ready. Without a model there is no service: it ends then.</summary>
internal sealed partial class ModelStartup(ScoringSettings settings, ModelHolder models, IHostApplicationLifetime lifetime, ILogger<ModelStartup> logger) : BackgroundService
{
    /// <summary>Why there is no model; null while all is well.</summary>
    public string? Failure { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Run(() => models.LoadFirst(settings.ModelFile is { Length: > 0 } file ? file : DefaultModelFile.GetOrTrain(settings.CacheFolder, LogTraining, stoppingToken)), stoppingToken);
        }
        catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            Failure = error.Message.ReplaceLineEndings(" ");
            LogFailed(Failure);
            lifetime.StopApplication();
        }
    }

    private void LogTraining(string? fault)
    {
        if (fault is null)
            LogNoModel();
        else
            LogBadModel(fault);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "There is no model yet: one is trained on generated customers.")]
    private partial void LogNoModel();

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fault} It is trained and written again.")]
    private partial void LogBadModel(string fault);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The service has no model and ends. {Reason}")]
    private partial void LogFailed(string reason);
}
