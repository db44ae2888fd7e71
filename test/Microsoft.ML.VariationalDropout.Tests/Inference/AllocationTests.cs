using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

[TestClass]
public sealed class AllocationTests
{
    private const int Steps = 100;

    /// <summary>On a busy machine a thread may be woken for the first time late, for which the runtime allocates; what steps allocate is there every time.</summary>
    private const int Attempts = 5;

    [TestMethod]
    [DataRow(WeightPosterior.None, 1)]
    [DataRow(WeightPosterior.CorrelatedWeightNoise, 1)]
    [DataRow(WeightPosterior.IndependentWeightNoise, 1)]
    [DataRow(WeightPosterior.Gaussian, 1)]
    [DataRow(WeightPosterior.IndependentWeightNoise, 3)]
    [DataRow(WeightPosterior.Gaussian, 3)]
    public void A_step_allocates_nothing(WeightPosterior posterior, int threads)
    {
        // The hidden layers are large enough to be rounded and, with three threads, to be shared.
        var architecture = CoreProblem.Architecture(inputs: 40, classes: 4, posterior, Combinations.DefaultSharing(posterior), hidden: [256, 256, 5]);
        var data = CoreProblem.Create(60, 40, 4);
        using var team = new WorkerTeam(threads);
        var pass = CoreProblem.Pass<PortableLanes, float>(architecture, 32, team);
        var consumer = new AllocationCounter(new AdamOptimizer<PortableLanes, float>(0.9, 0.999, 1e-8));
        int[] rows = CoreProblem.AllRows(data);

        // The first steps compile; and the runtime allocates once for a thread that sleeps and is woken.
        Run(5);
        Thread.Sleep(50);
        Run(5);
        (long Caller, long Any) least = (long.MaxValue, long.MaxValue);
        for (int attempt = 0; attempt < Attempts && least != (0, 0); attempt++)
        {
            consumer.Reset();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run(Steps);
            least = (Math.Min(least.Caller, GC.GetAllocatedBytesForCurrentThread() - before), Math.Min(least.Any, consumer.Allocated));
        }

        Assert.AreEqual(0, least.Caller, "on the calling thread");
        Assert.AreEqual(0, least.Any, "between two gradients on any thread");

        void Run(int steps)
        {
            for (uint step = 0; step < steps; step++)
            {
                consumer.Optimizer.BeginStep(1e-3);
                pass.Run(data, rows.AsSpan((int)(step % 2) * 28, 32), null, new Objective(60, 1), 1, step, consumer);
            }
        }
    }

    /// <summary>Passes gradients on, and adds up what its thread has allocated since its last one.</summary>
    private sealed unsafe class AllocationCounter(AdamOptimizer<PortableLanes, float> optimizer) : GradientConsumer<float>
    {
        [ThreadStatic]
        private static (AllocationCounter? Counter, long Bytes) _last;

        private long _allocated;

        public AdamOptimizer<PortableLanes, float> Optimizer => optimizer;

        public long Allocated => Interlocked.Read(ref _allocated);

        public void Reset() => Interlocked.Exchange(ref _allocated, 0);

        public override void Accept(Parameter<float> parameter, nint offset, float* gradient, int count)
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (_last.Counter == this)
                Interlocked.Add(ref _allocated, now - _last.Bytes);
            _last = (this, now);
            optimizer.Accept(parameter, offset, gradient, count);
        }
    }
}
