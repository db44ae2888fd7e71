using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Scoring;

/// <summary>What the real ONNX Runtime of this machine answers. Its package has the processor alone, unless a test is told otherwise.</summary>
[TestClass]
public sealed class ExecutionProviderTests
{
    public TestContext TestContext { get; set; } = null!;

    private static readonly ExecutionProvider[] All =
    [
        ExecutionProvider.Cuda, ExecutionProvider.Cuda.WithOption("gpu_mem_limit", "1073741824"), ExecutionProvider.TensorRT,
        ExecutionProvider.TensorRT.WithOption("trt_fp16_enable", "1"), ExecutionProvider.DirectML, ExecutionProvider.DirectML.WithOption("performance_preference", "default"),
        ExecutionProvider.OpenVino, ExecutionProvider.OpenVino.WithOption("device_type", "GPU"), ExecutionProvider.CoreML,
        ExecutionProvider.CoreML.WithOption("MLComputeUnits", "ALL"), ExecutionProvider.MIGraphX, ExecutionProvider.Rocm, ExecutionProvider.Dnnl, ExecutionProvider.Nnapi,
        ExecutionProvider.Qnn, ExecutionProvider.Xnnpack, ExecutionProvider.WebGpu, ExecutionProvider.OfName("VitisAI"), ExecutionProvider.OfName("NoSuchProvider"),
        ExecutionProvider.OfDevices("CUDA", OrtHardwareDeviceType.GPU), ExecutionProvider.OfDevices("CPU").WithDevice(99),
        ExecutionProvider.OfLibrary("NoSuchProvider", "no-such-library.so"),
    ];

    [TestMethod]
    public void What_is_not_there_falls_back_with_a_reason()
    {
        string[] there = OrtEnv.Instance().GetAvailableProviders();
        if (there.Length > 2)
            Assert.Inconclusive($"This test is about a package with the processor alone; this one has {string.Join(", ", there)}.");
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(1), new() { Providers = All });
        Assert.AreEqual(ExecutionProvider.Cpu, scorer.Provider);
        Assert.HasCount(All.Length + 1, scorer.Attempts);
        foreach (ProviderAttempt attempt in scorer.Attempts.SkipLast(1))
        {
            TestContext.WriteLine(attempt.ToString());
            Assert.AreEqual(ProviderStage.Setup, attempt.Stage, attempt.ToString());
            Assert.IsGreaterThan(10, attempt.Reason.Length, attempt.ToString());
        }

        ExecutionProviderException error = Assert.ThrowsExactly<ExecutionProviderException>(
            () => OnnxScorer.FromBytes(TestGraphs.Linear(1), new() { Providers = [ExecutionProvider.Cuda, ExecutionProvider.Qnn], FallBackToCpu = false }));
        Assert.HasCount(2, error.Attempts);
    }

    [TestMethod]
    public void The_processor_is_a_device_too()
    {
        float[] scores = new float[2];
        foreach (ExecutionProvider provider in new[]
        {
            ExecutionProvider.OfDevices("CPU"), ExecutionProvider.OfDevices("CPUExecutionProvider", OrtHardwareDeviceType.CPU).WithDevice(0),
            ExecutionProvider.OfPolicy(ExecutionProviderDevicePolicy.PREFER_CPU), ExecutionProvider.OfPolicy(ExecutionProviderDevicePolicy.MAX_PERFORMANCE),
        })
        {
            using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(2), new() { Providers = [provider], FallBackToCpu = false });
            Assert.AreEqual(provider, scorer.Provider);
            scorer.Score([1, 2, 3, 4], 2, scores);
            CollectionAssert.AreEqual(new[] { 5.5f, 11.5f }, scores);
        }
    }

    [TestMethod]
    public void A_session_that_cannot_be_made_falls_back()
    {
        // The processor as a device, and operators on the processor forbidden: ONNX Runtime refuses the contradiction when the session is made.
        ExecutionProvider contradiction = ExecutionProvider.OfDevices("CPU");
        using OnnxScorer scorer = OnnxScorer.FromBytes(TestGraphs.Linear(1), new() { Providers = [contradiction], AllowOperatorsOnCpu = false });
        Assert.AreEqual(ProviderStage.Session, scorer.Attempts[0].Stage, scorer.Attempts[0].ToString());
        Assert.AreEqual(ExecutionProvider.Cpu, scorer.Provider);
        float[] score = new float[1];
        scorer.Score([2], 1, score);
        Assert.AreEqual(2.5f, score[0]);
    }

    [TestMethod]
    public void A_first_run_that_fails_falls_back()
    {
        // Rows of zeros point outside of the table, so that the first run fails; rows of the user need not.
        ModelProto model = TestGraphs.Create(Dimension.Batch, [("Place", ElementType.Int64, [1])], [("Score", ElementType.Float, [1])]);
        model.Graph.Initializers.Add(TensorProto.Create<float>("table", [7f, 8f], 2));
        model.Graph.Initializers.Add(TensorProto.Create<long>("minus", [-10L], 1));
        TestGraphs.Add(model, "Add", ["Place", "minus"], ["index"]);
        TestGraphs.Add(model, "Gather", ["table", "index"], ["Score"]);
        ExecutionProvider device = ExecutionProvider.OfDevices("CPU");
        using OnnxScorer scorer = OnnxScorer.FromBytes(model.ToArray(), new() { Providers = [device] });
        Assert.AreEqual(ProviderStage.FirstRun, scorer.Attempts[0].Stage, scorer.Attempts[0].ToString());
        Assert.AreEqual(ExecutionProvider.Cpu, scorer.Provider);
        using OnnxBatch batch = scorer.CreateBatch(1);
        batch.GetInput<long>("Place")[0] = 11;
        batch.Run(1);
        Assert.AreEqual(8, batch.GetOutput<float>("Score")[0]);

        // A run that fails leaves no outputs, and the batch can run again.
        batch.GetInput<long>("Place")[0] = 0;
        Assert.ThrowsExactly<OnnxRuntimeException>(() => batch.Run(1));
        Assert.ThrowsExactly<InvalidOperationException>(() => batch.GetOutput<float>("Score"));
        batch.GetInput<long>("Place")[0] = 10;
        batch.Run(1);
        Assert.AreEqual(7, batch.GetOutput<float>("Score")[0]);
    }

    [TestMethod]
    public void Wishes_are_values()
    {
        ExecutionProvider wish = ExecutionProvider.Cuda.WithDevice(1).WithOption("b", "2").WithOption("a", "1");
        Assert.AreEqual("CUDA (device 1, a=1, b=2)", wish.ToString());
        Assert.AreEqual(wish, ExecutionProvider.Cuda.WithOption("a", "1").WithOption("b", "2").WithDevice(1));
        Assert.AreEqual(wish.GetHashCode(), ExecutionProvider.Cuda.WithOption("a", "1").WithOption("b", "2").WithDevice(1).GetHashCode());
        Assert.AreNotEqual(wish, ExecutionProvider.Cuda);
        Assert.AreNotEqual(ExecutionProvider.Qnn, ExecutionProvider.OfDevices("QNN"));
        Assert.AreEqual("CUDA", ExecutionProvider.Cuda.ToString());
        Assert.AreEqual(0, ExecutionProvider.Cuda.DeviceId);
        Assert.AreEqual("PREFER_GPU (policy)", ExecutionProvider.OfPolicy(ExecutionProviderDevicePolicy.PREFER_GPU).ToString());

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ExecutionProvider.Cuda.WithDevice(-1));
        Assert.ThrowsExactly<InvalidOperationException>(() => ExecutionProvider.Cpu.WithDevice(0));
        Assert.ThrowsExactly<InvalidOperationException>(() => ExecutionProvider.Cpu.WithOption("a", "1"));
        Assert.ThrowsExactly<InvalidOperationException>(() => ExecutionProvider.OfPolicy(ExecutionProviderDevicePolicy.DEFAULT).WithOption("a", "1"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ExecutionProvider.OfPolicy((ExecutionProviderDevicePolicy)99));
        Assert.ThrowsExactly<ArgumentException>(() => ExecutionProvider.OfName(" "));
    }

    [TestMethod]
    public void Wishes_are_saved_whole()
    {
        foreach (ExecutionProvider provider in All.Append(ExecutionProvider.OfPolicy(ExecutionProviderDevicePolicy.PREFER_NPU)).Append(ExecutionProvider.Cuda.WithDevice(2)))
        {
            using var stream = new MemoryStream();
            using var writer = new BinaryWriter(stream);
            provider.Write(writer);
            stream.Position = 0;
            using var reader = new BinaryReader(stream);
            ExecutionProvider read = ExecutionProvider.Read(reader);
            Assert.AreEqual(provider, read);
            Assert.AreEqual(provider.DeviceType, read.DeviceType);
            Assert.AreEqual(provider.Policy, read.Policy);
            Assert.AreEqual(stream.Length, stream.Position);
        }
    }
}
