using System.Diagnostics;
using System.Globalization;
using Samples;

namespace PaperExperiments.Study;

/// <summary>
/// Shows how far a study of many trainings is, and estimates how long the rest takes: from the operations that are left, at the speed of
/// those that were measured.
/// </summary>
internal sealed class StudyClock(IProgressDisplay display, double allOperations)
{
    private readonly Stopwatch _watch = new();
    private double _doneOperations, _measuredOperations, _measuredSeconds, _epochOperations, _runOperations;
    private string _run = "";
    private int _epochs, _lastEpoch;

    /// <summary>Seconds that the rest takes; null before anything was measured.</summary>
    public double? SecondsLeft => _measuredOperations == 0 ? null : Math.Max(0, allOperations - _doneOperations) * _measuredSeconds / _measuredOperations;

    /// <summary>A run that had finished before, in the seconds that it took then.</summary>
    public void Known(double operations, double seconds)
    {
        _doneOperations += operations;
        Measured(operations, seconds);
    }

    public void Start(string run, double operations, int epochs, double epochOperations)
    {
        (_run, _runOperations, _epochs, _epochOperations, _lastEpoch) = (run, operations, epochs, epochOperations, 0);
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
        _doneOperations += (epoch - _lastEpoch) * _epochOperations;
        Measured((epoch - firstEpoch + 1) * _epochOperations, seconds);
        _lastEpoch = epoch;
        _watch.Restart();
        display.Report(
            _doneOperations / allOperations,
            $"{_run}, epoch {epoch} of {_epochs}",
            string.Create(CultureInfo.InvariantCulture, $"{100 * _doneOperations / allOperations:F0} %: {_run}, epoch {epoch} of {_epochs}, {DescribeLeft()}"));
    }

    /// <param name="result">The figures of the run, in a few words.</param>
    public void RunEnded(string result)
    {
        // What is not passes: the predictions.
        double rest = _runOperations - (_lastEpoch * _epochOperations);
        _doneOperations += rest;
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

    private void Measured(double operations, double seconds)
    {
        _measuredOperations += operations;
        _measuredSeconds += seconds;
    }
}
