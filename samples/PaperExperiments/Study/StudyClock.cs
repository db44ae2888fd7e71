using System.Diagnostics;
using System.Globalization;
using Samples;

namespace PaperExperiments.Study;

/// <summary>
/// Shows how far a study of many trainings is, and estimates how long the rest takes: from the operations that are left, at the speed that
/// runs of the same kind had, or, where there were none, all runs together.
/// </summary>
/// <param name="display">Where to show it.</param>
/// <param name="runs">All runs: what kind each is (all but the seed), and its operations.</param>
internal sealed class StudyClock(IProgressDisplay display, params IReadOnlyList<(string Kind, double Operations)> runs)
{
    private readonly Stopwatch _watch = new();
    private readonly double _allOperations = runs.Sum(run => run.Operations);
    private readonly Dictionary<string, double> _left = runs.GroupBy(run => run.Kind).ToDictionary(kind => kind.Key, kind => kind.Sum(run => run.Operations));
    private readonly Dictionary<string, (double Operations, double Seconds)> _measured = [];
    private double _epochOperations, _runOperations;
    private string _run = "", _kind = "";
    private int _epochs, _lastEpoch;

    /// <summary>Seconds that the rest takes; null before anything was measured.</summary>
    public double? SecondsLeft
    {
        get
        {
            if (_measured.Count == 0)
                return null;
            double all = _measured.Values.Sum(kind => kind.Seconds) / _measured.Values.Sum(kind => kind.Operations);
            return _left.Sum(kind => kind.Value * (_measured.TryGetValue(kind.Key, out (double Operations, double Seconds) same) ? same.Seconds / same.Operations : all));
        }
    }

    private double Done => 1 - (_left.Values.Sum() / _allOperations);

    /// <summary>A run that had finished before, in the seconds that it took then.</summary>
    public void Known(string kind, double operations, double seconds)
    {
        _kind = kind;
        Finish(operations);
        Measured(operations, seconds);
    }

    /// <param name="run">Its name.</param>
    /// <param name="kind">All that decides how long it takes.</param>
    /// <param name="operations">Of the whole run.</param>
    /// <param name="epochs">Passes of its training.</param>
    /// <param name="epochOperations">Of each of them.</param>
    public void Start(string run, string kind, double operations, int epochs, double epochOperations)
    {
        (_run, _kind, _runOperations, _epochs, _epochOperations, _lastEpoch) = (run, kind, operations, epochs, epochOperations, 0);
        _watch.Restart();
    }

    /// <param name="epoch">Counted from 1.</param>
    public void EpochEnded(int epoch) => EpochEnded(epoch, _watch.Elapsed.TotalSeconds);

    /// <param name="epoch">Counted from 1; a training that was resumed starts later.</param>
    /// <param name="seconds">That this pass took.</param>
    public void EpochEnded(int epoch, double seconds)
    {
        // Passes before a resumption were done, but not measured.
        int firstEpoch = _lastEpoch == 0 ? epoch : _lastEpoch + 1;
        Finish((epoch - _lastEpoch) * _epochOperations);
        Measured((epoch - firstEpoch + 1) * _epochOperations, seconds);
        _lastEpoch = epoch;
        _watch.Restart();
        display.Report(
            Done,
            $"{_run}, epoch {epoch} of {_epochs}",
            string.Create(CultureInfo.InvariantCulture, $"{100 * Done:F0} %: {_run}, epoch {epoch} of {_epochs}, {DescribeLeft()}"));
    }

    /// <param name="result">The figures of the run, in a few words.</param>
    public void RunEnded(string result)
    {
        // What is not passes: the predictions.
        double rest = _runOperations - (_lastEpoch * _epochOperations);
        Finish(rest);
        Measured(rest, _watch.Elapsed.TotalSeconds);
        display.WriteLine($"{_run}: {result}; {DescribeLeft()}");
    }

    public string DescribeLeft() => SecondsLeft switch
    {
        null => "time left unknown",
        < 90 and double seconds => string.Create(CultureInfo.InvariantCulture, $"about {seconds:F0} s left"),
        < 5400 and double seconds => string.Create(CultureInfo.InvariantCulture, $"about {seconds / 60:F0} min left"),
        double seconds => string.Create(CultureInfo.InvariantCulture, $"about {seconds / 3600:F1} h left"),
    };

    private void Finish(double operations) => _left[_kind] = Math.Max(0, _left[_kind] - operations);

    private void Measured(double operations, double seconds)
    {
        (double Operations, double Seconds) before = _measured.GetValueOrDefault(_kind);
        _measured[_kind] = (before.Operations + operations, before.Seconds + seconds);
    }
}
