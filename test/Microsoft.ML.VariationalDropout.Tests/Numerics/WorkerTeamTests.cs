using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

[TestClass]
public sealed class WorkerTeamTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(8)]
    public void Every_task_runs_once_over_many_runs(int size)
    {
        using var team = new WorkerTeam(size);
        var runs = new int[37];
        int wrongWorkers = 0;
        for (int run = 1; run <= 500; run++)
        {
            // A pause now and then lets the helpers fall asleep.
            if (run % 100 == 0)
                Thread.Sleep(2);
            int count = run % runs.Length;
            Array.Clear(runs);
            team.Run(
                (worker, task) =>
                {
                    Interlocked.Increment(ref runs[task]);
                    if (worker < 0 || worker >= size)
                        Interlocked.Increment(ref wrongWorkers);
                },
                count);
            for (int task = 0; task < runs.Length; task++)
                Assert.AreEqual(task < count ? 1 : 0, runs[task], $"task {task} of run {run}");
        }

        Assert.AreEqual(0, wrongWorkers);
    }

    [TestMethod]
    public void Work_done_alone_stays_on_the_calling_thread()
    {
        using var team = new WorkerTeam(4);
        int caller = Environment.CurrentManagedThreadId;
        bool elsewhere = false;
        team.Run((_, _) => elsewhere |= Environment.CurrentManagedThreadId != caller, 50, alone: true);
        Assert.IsFalse(elsewhere);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Exception_of_a_task_reaches_the_caller_and_the_team_goes_on(int size)
    {
        using var team = new WorkerTeam(size);
        for (int i = 0; i < 20; i++)
        {
            var exception = Assert.ThrowsExactly<InvalidOperationException>(() => team.Run((_, task) => { if (task == 5) throw new InvalidOperationException("five"); }, 10));
            Assert.AreEqual("five", exception.Message);
            int done = 0;
            team.Run((_, _) => Interlocked.Increment(ref done), 10);
            Assert.AreEqual(10, done);
        }
    }

    /// <summary>A team may live as long as the process: it keeps neither what it worked on alive, nor the context of who made it.</summary>
    [TestMethod]
    public void A_team_holds_on_to_nothing_of_its_callers()
    {
        var context = new AsyncLocal<string?> { Value = "caller" };
        using var team = new WorkerTeam(2);
        WeakReference work = Work();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.IsFalse(work.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Work()
        {
            string?[] contexts = new string?[2];
            using var both = new CountdownEvent(2);
            team.Run(
                (worker, _) =>
                {
                    contexts[worker] = context.Value;
                    both.Signal();
                    both.Wait(TimeSpan.FromSeconds(30));
                },
                2);
            CollectionAssert.AreEqual(new[] { "caller", null }, contexts);
            return new WeakReference(contexts);
        }
    }
}
