using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML.Trainers.VariationalDropout.Numerics;

/// <summary>
/// A fixed number of threads that work through numbered tasks. Which thread runs a task is left to chance; a task's result must depend on
/// its number alone, and sums over tasks are taken by number afterwards, so that results do not depend on the number of threads.
/// </summary>
/// <remarks>Nobody waits for a thread that has not begun when the tasks run out: on a machine that is busy with other things a run takes no longer than alone.</remarks>
internal sealed class WorkerTeam : IDisposable
{
    /// <summary>How long a waiting thread spins before it goes to sleep: a little more than waking it again costs.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private const int Open = 1 << 30;

    private readonly Thread[] _threads;
    private readonly AutoResetEvent[] _wake;
    private readonly int[] _asleep;
    private readonly long _spinTicks;
    private Action<int, int>? _work;
    private int _taskCount;
    private int _nextTask;
    private int _generation;

    /// <summary><see cref="Open"/> while threads may join the run, and the number of those that have.</summary>
    private int _joined;
    private volatile bool _stopping;
    private ExceptionDispatchInfo? _failure;

    /// <param name="size">Threads that work, the caller's included; 1 or more.</param>
    public WorkerTeam(int size)
    {
        Size = size;

        // With more threads than processors a spinning thread takes the time of one that has work.
        _spinTicks = size <= Environment.ProcessorCount ? SpinTicks : 0;
        _threads = new Thread[size - 1];
        _wake = new AutoResetEvent[size - 1];
        _asleep = new int[size - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int helper = i;
            _wake[i] = new AutoResetEvent(false);
            _threads[i] = new Thread(() => Loop(helper)) { IsBackground = true, Name = "VariationalDropout worker" };

            // The threads outlive the call that first needs them: they take nothing of its context along.
            _threads[i].UnsafeStart();
        }
    }

    public int Size { get; }

    /// <summary>Runs work(worker, task) for every task from 0 to <paramref name="taskCount"/> − 1; worker is in [0, Size).</summary>
    /// <param name="work">A cached delegate: nothing is allocated here.</param>
    /// <param name="taskCount">Number of tasks.</param>
    /// <param name="alone">Run on the calling thread: for work that is smaller than the cost of sharing it.</param>
    public void Run(Action<int, int> work, int taskCount, bool alone = false)
    {
        if (alone || Size == 1 || taskCount <= 1)
        {
            for (int task = 0; task < taskCount; task++)
                work(0, task);
            return;
        }

        _work = work;
        _taskCount = taskCount;
        _nextTask = 0;
        Interlocked.Exchange(ref _joined, Open);
        Interlocked.Increment(ref _generation);
        for (int i = 0; i < _threads.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _asleep[i], 0, 1) == 1)
                _wake[i].Set();
        }

        Drain(0);
        Interlocked.And(ref _joined, ~Open);
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _joined) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < _spinTicks)
                Thread.SpinWait(8);
            else
                Thread.Yield();
        }

        // What the work knows is not kept alive by a team that lives on.
        _work = null;
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
            failure.Throw();
    }

    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _generation);
        for (int i = 0; i < _threads.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _asleep[i], 0, 1) == 1)
                _wake[i].Set();
            _threads[i].Join();
            _wake[i].Dispose();
        }
    }

    private void Loop(int helper)
    {
        int seen = 0;
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref _generation) == seen)
            {
                if (Stopwatch.GetTimestamp() - start < _spinTicks)
                {
                    Thread.SpinWait(8);
                    continue;
                }

                // Announce the sleep, then look again: either this thread sees the new generation, or the caller sees it asleep.
                Interlocked.Exchange(ref _asleep[helper], 1);
                if (Volatile.Read(ref _generation) == seen || Interlocked.CompareExchange(ref _asleep[helper], 0, 1) == 0)
                    _wake[helper].WaitOne();
                start = Stopwatch.GetTimestamp();
            }

            seen = Volatile.Read(ref _generation);
            if (_stopping)
                return;

            if (!TryJoin())
                continue;
            Drain(helper + 1);
            Interlocked.Decrement(ref _joined);
        }
    }

    private bool TryJoin()
    {
        for (int joined = Volatile.Read(ref _joined); (joined & Open) != 0; joined = Volatile.Read(ref _joined))
        {
            if (Interlocked.CompareExchange(ref _joined, joined + 1, joined) == joined)
                return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Drain(int worker)
    {
        try
        {
            while (true)
            {
                int task = Interlocked.Increment(ref _nextTask) - 1;
                if (task >= _taskCount)
                    return;
                _work!(worker, task);
            }
        }
#pragma warning disable CA1031 // Whatever a task throws is thrown again on the caller's thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref _nextTask, int.MaxValue / 2);
        }
    }
}
