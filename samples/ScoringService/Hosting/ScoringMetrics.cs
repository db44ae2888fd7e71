using System.Diagnostics.Metrics;

namespace ScoringService.Hosting;

/// <summary>What the service counts, beside what ASP.NET Core counts of every request.</summary>
internal sealed class ScoringMetrics
{
    public const string MeterName = "ScoringService";

    private static readonly KeyValuePair<string, object?> Single = new("kind", "single"), Batch = new("kind", "batch"),
        Yes = new("decision", "yes"), No = new("decision", "no"), NotSure = new("decision", "not sure"),
        Succeeded = new("outcome", "succeeded"), Failed = new("outcome", "failed");

    private readonly Meter _meter;
    private readonly Counter<long> _answers, _rejections, _reloads;
    private readonly Histogram<double> _duration;

    public ScoringMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _answers = _meter.CreateCounter<long>("scoring.rows", "{row}", "Rows that were answered, by decision.");
        _rejections = _meter.CreateCounter<long>("scoring.rejections", "{request}", "Requests that were refused because too many were under way.");
        _reloads = _meter.CreateCounter<long>("scoring.reloads", "{reload}", "Reloads of the model, by outcome.");
        _duration = _meter.CreateHistogram(
            "scoring.duration", "s", "Time from the body of a request to its answer, without waiting for either.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 1] });
    }

    public void Observe(Func<int> singles, Func<int> batches) => _meter.CreateObservableGauge(
        "scoring.in_flight", () => new Measurement<int>[] { new(singles(), Single), new(batches(), Batch) }, "{request}", "Requests under way.");

    public void Answered(bool isBatch, TimeSpan duration, int yes, int no, int notSure)
    {
        _duration.Record(duration.TotalSeconds, isBatch ? Batch : Single);
        if (yes > 0)
            _answers.Add(yes, Yes);
        if (no > 0)
            _answers.Add(no, No);
        if (notSure > 0)
            _answers.Add(notSure, NotSure);
    }

    public void Rejected(bool isBatch) => _rejections.Add(1, isBatch ? Batch : Single);

    public void Reloaded(bool succeeded) => _reloads.Add(1, succeeded ? Succeeded : Failed);
}
