using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ScoringService;

/// <summary>The section <c>Scoring</c> of the configuration: appsettings.json, environment variables such as <c>Scoring__EntropyThreshold</c>, the command line.</summary>
internal sealed record ScoringSettings
{
    public const string Section = "Scoring";

    /// <summary>The entropy of a coin, in nats: what a question of yes or no can have at most.</summary>
    public const double LargestEntropy = 0.6931471805599453;

    /// <summary>An ONNX file of a binary classifier; null or empty for the model that the service trains itself.</summary>
    public string? ModelFile { get; init; }

    /// <summary>Where the model that the service trains itself is kept.</summary>
    public string CacheFolder { get; init; } = "scoring-service-cache";

    /// <summary>Above this predictive entropy, in nats, in [0, ln 2], the answer is "I am not sure".</summary>
    public double EntropyThreshold { get; init; } = 0.5;

    /// <summary>Rows of a batch, in [1, 100000]; more are refused with 413.</summary>
    public int MaximumBatchRows { get; init; } = 1000;

    /// <summary>Bytes of a request's body, in [1024, 1 GiB]; more are refused with 413.</summary>
    public int MaximumBodyBytes { get; init; } = 1 << 20;

    /// <summary>Requests of one row that may be under way at a time, in [1, 100000]; more are refused with 503.</summary>
    public int MaximumRequestsInFlight { get; init; } = 256;

    /// <summary>Batches that may be under way at a time, in [1, 1000]; more are refused with 503.</summary>
    public int MaximumBatchesInFlight { get; init; } = 8;

    /// <summary>Connections, in [1, 100000]; more are closed.</summary>
    public int MaximumConnections { get; init; } = 1024;

    /// <summary>How long clients are sent away before the service stops, in seconds, in [0, 600]; shorter when nobody asks any more.</summary>
    public int DrainSeconds { get; init; } = 5;

    /// <summary>How long requests under way may take to end after that, in seconds, in [0, 600].</summary>
    public int ShutdownSeconds { get; init; } = 20;

    /// <summary>Whether <c>POST /diagnostics/collect</c> exists, with which the load test looks for leaks. Not for production.</summary>
    public bool Diagnostics { get; init; }

    /// <exception cref="InvalidOperationException">A value is outside of its range, or no such setting exists.</exception>
    public static ScoringSettings Read(IConfiguration configuration)
    {
        ScoringSettings settings = configuration.GetSection(Section).Get<ScoringSettings>(options => options.ErrorOnUnknownConfiguration = true) ?? new();
        Check(nameof(EntropyThreshold), settings.EntropyThreshold, 0, LargestEntropy);
        Check(nameof(MaximumBatchRows), settings.MaximumBatchRows, 1, 100_000);
        Check(nameof(MaximumBodyBytes), settings.MaximumBodyBytes, 1024, 1 << 30);
        Check(nameof(MaximumRequestsInFlight), settings.MaximumRequestsInFlight, 1, 100_000);
        Check(nameof(MaximumBatchesInFlight), settings.MaximumBatchesInFlight, 1, 1000);
        Check(nameof(MaximumConnections), settings.MaximumConnections, 1, 100_000);
        Check(nameof(DrainSeconds), settings.DrainSeconds, 0, 600);
        Check(nameof(ShutdownSeconds), settings.ShutdownSeconds, 0, 600);
        return settings;
    }

    private static void Check(string name, double value, double minimum, double maximum)
    {
        if (!(value >= minimum && value <= maximum))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The setting {Section}:{name} must be from {minimum} to {maximum}; it is {value}."));
    }
}
