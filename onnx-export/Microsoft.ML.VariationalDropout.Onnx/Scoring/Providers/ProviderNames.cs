namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>By which of ONNX Runtime's interfaces a provider is asked for. The numbers are saved.</summary>
internal enum ProviderApi : byte
{
    /// <summary>A method of the session options for it alone.</summary>
    BuiltIn = 0,

    /// <summary>Its name.</summary>
    Name = 1,

    /// <summary>The devices that the environment lists.</summary>
    Devices = 2,

    /// <summary>A rule by which ONNX Runtime chooses a device.</summary>
    Policy = 3,
}

/// <summary>What the providers are called, in the interface that takes a name where they have one.</summary>
internal static class ProviderNames
{
    public const string Cpu = "CPU";
    public const string Cuda = "CUDA";
    public const string TensorRT = "TensorRT";
    public const string DirectML = "DML";
    public const string OpenVino = "OpenVINO";
    public const string CoreML = "CoreML";
    public const string MIGraphX = "MIGraphX";
    public const string Rocm = "ROCM";
    public const string Dnnl = "DNNL";
    public const string Nnapi = "NNAPI";
    public const string Qnn = "QNN";
    public const string Xnnpack = "XNNPACK";
    public const string WebGpu = "WebGPU";

    public static bool TakesDevice(ExecutionProvider provider)
        => provider.Api == ProviderApi.BuiltIn && provider.Name is Cuda or TensorRT or DirectML or MIGraphX or Rocm;
}
