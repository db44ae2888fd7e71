using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

[TestClass]
public sealed class ProviderSelectionTests
{
    private static readonly ExecutionProvider[] Accelerators = [ExecutionProvider.Cuda, ExecutionProvider.DirectML, ExecutionProvider.OpenVino];

    /// <summary>In what way a provider fails, and where.</summary>
    public enum Failure
    {
        None,
        MissingEntryPoint,
        NotSupported,
        RuntimeError,
    }

    public static IEnumerable<object[]> EveryOrder
        => from first in Accelerators
           from second in Accelerators.Except([first])
           from third in Accelerators.Except([first, second])
           select new object[] { $"{first},{second},{third}" };

    public static IEnumerable<object[]> EveryFailure
        => from failure in Enum.GetValues<Failure>()
           where failure != Failure.None
           from stage in new[] { ProviderStage.Setup, ProviderStage.Session, ProviderStage.FirstRun }
           select new object[] { failure, stage };

    [TestMethod]
    [DynamicData(nameof(EveryOrder))]
    public void Takes_the_first_that_works_in_every_order(string names)
    {
        ExecutionProvider[] order = [.. names.Split(',').Select(name => Accelerators.Single(provider => provider.Name == name))];

        // Which of the three work: every combination.
        for (int available = 0; available < 8; available++)
        {
            var runtime = new FakeRuntime();
            for (int i = 0; i < 3; i++)
            {
                if ((available & (1 << i)) == 0)
                    runtime.Failures[order[i]] = ((Failure)(1 + i), ProviderStage.Setup);
            }

            int expected = Enumerable.Range(0, 4).First(i => i == 3 || (available & (1 << i)) != 0);
            (FakeSession session, ExecutionProvider chosen, IReadOnlyList<ProviderAttempt> attempts) = ProviderSelection.Select(runtime, ProviderSelection.Order(order, fallBackToCpu: true));
            Assert.AreEqual(expected == 3 ? ExecutionProvider.Cpu : order[expected], chosen);
            Assert.AreEqual(chosen, session.Provider);
            Assert.IsFalse(session.IsDisposed);
            CollectionAssert.AreEqual(order.Take(expected).Append(chosen).ToArray(), attempts.Select(attempt => attempt.Provider).ToArray());
            Assert.IsTrue(attempts.SkipLast(1).All(attempt => attempt.Stage == ProviderStage.Setup && attempt.Reason.Length > 0));
            Assert.AreEqual(ProviderStage.Chosen, attempts[^1].Stage);
            Assert.IsEmpty(attempts[^1].Reason);
            Assert.AreEqual(expected + 1, runtime.OptionsMade);
            Assert.AreEqual(expected + 1, runtime.OptionsDisposed);
        }
    }

    [TestMethod]
    [DynamicData(nameof(EveryFailure))]
    public void Falls_back_after_every_failure_at_every_stage(Failure failure, ProviderStage stage)
    {
        var runtime = new FakeRuntime { Failures = { [ExecutionProvider.Cuda] = (failure, stage) } };
        (_, ExecutionProvider chosen, IReadOnlyList<ProviderAttempt> attempts) = ProviderSelection.Select(runtime, [ExecutionProvider.Cuda, ExecutionProvider.DirectML, ExecutionProvider.Cpu]);
        Assert.AreEqual(ExecutionProvider.DirectML, chosen);
        Assert.AreEqual(stage, attempts[0].Stage);
        StringAssert.Contains(attempts[0].Reason, failure == Failure.MissingEntryPoint ? "was built without it" : failure == Failure.NotSupported ? "not on this system" : "QNN");
        Assert.DoesNotContain("\n", attempts[0].ToString());
        Assert.HasCount(stage == ProviderStage.FirstRun ? 2 : 1, runtime.Sessions);
        if (stage == ProviderStage.FirstRun)
            Assert.IsTrue(runtime.Sessions[0].IsDisposed, "The session of a provider that failed must end.");
    }

    [TestMethod]
    public void Names_every_reason_when_nothing_is_left()
    {
        var runtime = new FakeRuntime
        {
            Failures =
            {
                [ExecutionProvider.Cuda] = (Failure.MissingEntryPoint, ProviderStage.Setup),
                [ExecutionProvider.CoreML] = (Failure.NotSupported, ProviderStage.Session),
                [ExecutionProvider.Qnn] = (Failure.RuntimeError, ProviderStage.FirstRun),
            },
        };
        ExecutionProviderException error = Assert.ThrowsExactly<ExecutionProviderException>(
            () => ProviderSelection.Select(runtime, ProviderSelection.Order([ExecutionProvider.Cuda, ExecutionProvider.CoreML, ExecutionProvider.Qnn], fallBackToCpu: false)));
        StringAssert.StartsWith(error.Message, "No execution provider could run the model. CUDA: not available: the installed package of ONNX Runtime was built without it | CoreML: no session could be made: not on this system | QNN: the first run failed: ");
        Assert.HasCount(3, error.Attempts);
        Assert.IsInstanceOfType<OnnxRuntimeException>(error.InnerException);
        Assert.IsTrue(runtime.Sessions.TrueForAll(session => session.IsDisposed));
    }

    [TestMethod]
    public void The_processor_is_not_tried_out()
    {
        // The first rows tell: an error is theirs, since there is nothing to fall back to.
        var runtime = new FakeRuntime { Failures = { [ExecutionProvider.Cpu] = (Failure.RuntimeError, ProviderStage.FirstRun) } };
        Assert.AreEqual(ExecutionProvider.Cpu, ProviderSelection.Select(runtime, [ExecutionProvider.Cpu]).Provider);
    }

    [TestMethod]
    public void Other_errors_are_not_the_providers()
    {
        var runtime = new FakeRuntime { Other = new InvalidDataException("not a model") };
        Assert.ThrowsExactly<InvalidDataException>(() => ProviderSelection.Select(runtime, [ExecutionProvider.Cuda, ExecutionProvider.Cpu]));
        Assert.AreEqual(1, runtime.OptionsMade);
        Assert.AreEqual(1, runtime.OptionsDisposed);
    }

    [TestMethod]
    public void The_processor_stands_last_unless_it_is_excluded()
    {
        CollectionAssert.AreEqual(new[] { ExecutionProvider.Cpu }, ProviderSelection.Order([], fallBackToCpu: true).ToArray());
        CollectionAssert.AreEqual(new[] { ExecutionProvider.Cuda, ExecutionProvider.Cpu }, ProviderSelection.Order([ExecutionProvider.Cuda], fallBackToCpu: true).ToArray());
        CollectionAssert.AreEqual(new[] { ExecutionProvider.Cuda }, ProviderSelection.Order([ExecutionProvider.Cuda], fallBackToCpu: false).ToArray());
        foreach (bool fallBack in new[] { true, false })
            CollectionAssert.AreEqual(new[] { ExecutionProvider.Cuda, ExecutionProvider.Cpu }, ProviderSelection.Order([ExecutionProvider.Cuda, ExecutionProvider.Cpu], fallBack).ToArray());

        Refuse([], false, "No execution provider is preferred");
        Refuse([ExecutionProvider.Cpu, ExecutionProvider.Cuda], true, "CUDA stands after CPU");
        Refuse([ExecutionProvider.Cuda, ExecutionProvider.DirectML, ExecutionProvider.Cuda], true, "CUDA is preferred twice");
        Refuse([null!], true, "null");
        Assert.HasCount(3, ProviderSelection.Order([ExecutionProvider.Cuda, ExecutionProvider.Cuda.WithDevice(1)], true));

        static void Refuse(ExecutionProvider[] preference, bool fallBack, string part)
            => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ProviderSelection.Order(preference, fallBack)).Message, part);
    }

    private sealed class FakeOptions(FakeRuntime runtime) : IDisposable
    {
        public void Dispose() => runtime.OptionsDisposed++;
    }

    private sealed class FakeSession(ExecutionProvider provider) : IDisposable
    {
        public ExecutionProvider Provider => provider;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class FakeRuntime : IProviderRuntime<FakeOptions, FakeSession>
    {
        public Dictionary<ExecutionProvider, (Failure Failure, ProviderStage Stage)> Failures { get; } = [];

        public Exception? Other { get; init; }

        public int OptionsMade { get; private set; }

        public int OptionsDisposed { get; set; }

        public List<FakeSession> Sessions { get; } = [];

        public FakeOptions CreateOptions(ExecutionProvider provider)
        {
            OptionsMade++;
            return new FakeOptions(this);
        }

        public void Append(FakeOptions options, ExecutionProvider provider) => FailAt(provider, ProviderStage.Setup);

        public FakeSession CreateSession(FakeOptions options, ExecutionProvider provider)
        {
            FailAt(provider, ProviderStage.Session);
            if (Other is not null)
                throw Other;
            Sessions.Add(new FakeSession(provider));
            return Sessions[^1];
        }

        public void RunOnce(FakeSession session) => FailAt(session.Provider, ProviderStage.FirstRun);

        private void FailAt(ExecutionProvider provider, ProviderStage stage)
        {
            if (!Failures.TryGetValue(provider, out (Failure Failure, ProviderStage Stage) planned) || planned.Stage != stage)
                return;
            throw planned.Failure switch
            {
                Failure.MissingEntryPoint => new EntryPointNotFoundException("Unable to find an entry point"),
                Failure.NotSupported => new NotSupportedException("not on\nthis system"),
                _ => RuntimeError(),
            };
        }

        /// <summary>Its constructor is internal: here is a real one.</summary>
        private static OnnxRuntimeException RuntimeError()
        {
            using var options = new SessionOptions();
            return Assert.ThrowsExactly<OnnxRuntimeException>(() => options.AppendExecutionProvider("QNN"));
        }
    }
}
