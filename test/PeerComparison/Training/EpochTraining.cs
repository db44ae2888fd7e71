using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>
/// A whole training of this library, with shuffling, snapshots and all, that stands still between epochs until it is asked to go on: so
/// can two trainings take turns.
/// </summary>
internal sealed class EpochTraining : ITrainingMonitor, IDisposable
{
    private readonly SemaphoreSlim _go = new(0), _done = new(0);
    private readonly Thread _thread;
    private Exception? _failure;
    private int _allowed;
    private bool _isStopping;

    public EpochTraining(TrainingSet data, TrainingSettings settings)
    {
        settings = settings with { NumberOfIterations = 1_000_000 };
        _thread = new Thread(() => Train(data, settings)) { IsBackground = true, Name = "Epochs" };
        _thread.Start();
    }

    /// <summary>Trains for some epochs and comes back when they are done.</summary>
    public void Run(int epochs)
    {
        Volatile.Write(ref _allowed, epochs);
        _go.Release();
        _done.Wait();
        if (_failure is not null)
            throw new InvalidOperationException("The training failed.", _failure);
    }

    public void Dispose()
    {
        Volatile.Write(ref _isStopping, true);
        _go.Release();
        _thread.Join();
        _go.Dispose();
        _done.Dispose();
    }

    void ITrainingMonitor.ThrowIfCancelled()
    {
        // Before every step, and so also when it is another epoch's turn.
        if (Volatile.Read(ref _allowed) == 0)
            _go.Wait();
        if (Volatile.Read(ref _isStopping))
            throw new OperationCanceledException();
    }

    void ITrainingMonitor.IterationEnded(IterationReport report)
    {
        if (Interlocked.Decrement(ref _allowed) == 0)
            _done.Release();
    }

    void ITrainingMonitor.Diverged(int iteration, int lastGoodIteration) => throw new InvalidOperationException($"Diverged in epoch {iteration}.");

    private void Train(TrainingSet data, TrainingSettings settings)
    {
        try
        {
            NetworkTrainer.Train(data, null, settings, null, this);
        }
        catch (OperationCanceledException)
        {
            // The end of it.
        }
#pragma warning disable CA1031 // Whatever it is, Run throws it on the thread that waits.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _failure = exception;
            _done.Release();
        }
    }
}
