using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>ONNX Runtime, for one model.</summary>
internal sealed class OnnxProviderRuntime(OnnxModelSource model, OnnxScorerOptions options) : IProviderRuntime<SessionOptions, OnnxSession>
{
    private const string DeviceOption = "device_id";
    private const string NameSuffix = "ExecutionProvider";

    private static readonly Lock Registration = new();
    private static readonly HashSet<string> Registered = new(StringComparer.Ordinal);

    public SessionOptions CreateOptions(ExecutionProvider provider)
    {
        // Without this ONNX Runtime writes warnings to the console.
        var session = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            if (options.IntraOpThreads is int threads)
                session.IntraOpNumThreads = threads;
            if (!options.AllowOperatorsOnCpu && !provider.IsCpu)
                session.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
            options.ConfigureSession?.Invoke(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public void Append(SessionOptions options, ExecutionProvider provider)
    {
        switch (provider.Api)
        {
            case ProviderApi.Policy:
                options.SetEpSelectionPolicy(provider.Policy!.Value);
                break;
            case ProviderApi.Devices:
                AppendDevices(options, provider);
                break;
            case ProviderApi.Name:
                options.AppendExecutionProvider(provider.Name, new Dictionary<string, string>(provider.Options));
                break;
            default:
                AppendBuiltIn(options, provider);
                break;
        }
    }

    public OnnxSession CreateSession(SessionOptions sessionOptions, ExecutionProvider provider)
        => new(model.Open(sessionOptions), options.BindOnce ?? provider.IsCpu);

    public void RunOnce(OnnxSession session)
    {
        // As many rows as will come, so that their memory is known to suffice.
        int rows = session.FixedRows ?? options.MaximumBatchRows;
        using var batch = new OnnxBatch(session, rows);
        batch.AcceptZeros();
        batch.Run(rows);
    }

    private static void AppendBuiltIn(SessionOptions options, ExecutionProvider provider)
    {
        bool hasOptions = provider.Options.Count > 0;
        switch (provider.Name)
        {
            case ProviderNames.Cpu:
                // It stands behind every other provider without being asked for.
                break;
            case ProviderNames.Cuda when hasOptions:
                using (var cuda = new OrtCUDAProviderOptions())
                {
                    cuda.UpdateOptions(WithDevice(provider));
                    options.AppendExecutionProvider_CUDA(cuda);
                }

                break;
            case ProviderNames.Cuda:
                options.AppendExecutionProvider_CUDA(provider.DeviceId);
                break;
            case ProviderNames.TensorRT when hasOptions:
                using (var tensorRT = new OrtTensorRTProviderOptions())
                {
                    tensorRT.UpdateOptions(WithDevice(provider));
                    options.AppendExecutionProvider_Tensorrt(tensorRT);
                }

                break;
            case ProviderNames.TensorRT:
                options.AppendExecutionProvider_Tensorrt(provider.DeviceId);
                break;
            case ProviderNames.DirectML:
                // What DirectML demands of a session.
                options.EnableMemoryPattern = false;
                options.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
                if (hasOptions)
                    options.AppendExecutionProvider(provider.Name, WithDevice(provider));
                else
                    options.AppendExecutionProvider_DML(provider.DeviceId);
                break;
            case ProviderNames.OpenVino when !hasOptions:
                options.AppendExecutionProvider_OpenVINO();
                break;
            case ProviderNames.CoreML when !hasOptions:
                options.AppendExecutionProvider_CoreML();
                break;
            case ProviderNames.MIGraphX when !hasOptions:
                options.AppendExecutionProvider_MIGraphX(provider.DeviceId);
                break;
            case ProviderNames.Rocm when !hasOptions:
                options.AppendExecutionProvider_ROCm(provider.DeviceId);
                break;
            case ProviderNames.Dnnl when !hasOptions:
                options.AppendExecutionProvider_Dnnl();
                break;
            case ProviderNames.Nnapi when !hasOptions:
                options.AppendExecutionProvider_Nnapi();
                break;
            default:
                options.AppendExecutionProvider(provider.Name, WithDevice(provider));
                break;
        }
    }

    private static void AppendDevices(SessionOptions options, ExecutionProvider provider)
    {
        OrtEnv environment = OrtEnv.Instance();
        if (provider.LibraryPath is string path)
            Register(environment, provider.Name, path);
        IReadOnlyList<OrtEpDevice> devices = environment.GetEpDevices();
        OrtEpDevice[] fitting =
        [
            .. devices.Where(device => IsName(device.EpName, provider.Name) && (provider.DeviceType is null || device.HardwareDevice.Type == provider.DeviceType)),
        ];
        if (provider.Device is int index)
            fitting = [.. fitting.Skip(index).Take(1)];
        if (fitting.Length == 0)
        {
            string list = string.Join(", ", devices.Select(device => $"{device.EpName} on {device.HardwareDevice.Type}"));
            throw new NotSupportedException($"ONNX Runtime lists no such device; it lists {list}.");
        }

        options.AppendExecutionProvider(environment, fitting, provider.Options);
    }

    private static bool IsName(string listed, string wanted)
        => listed.Equals(wanted, StringComparison.OrdinalIgnoreCase) || listed.Equals(wanted + NameSuffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>ONNX Runtime takes a name once only.</summary>
    private static void Register(OrtEnv environment, string name, string path)
    {
        lock (Registration)
        {
            string key = $"{name}\0{path}";
            if (Registered.Contains(key))
                return;
            environment.RegisterExecutionProviderLibrary(name, path);
            Registered.Add(key);
        }
    }

    private static Dictionary<string, string> WithDevice(ExecutionProvider provider)
    {
        var options = new Dictionary<string, string>(provider.Options);
        if (provider.Device is int device)
            options[DeviceOption] = device.ToString(CultureInfo.InvariantCulture);
        return options;
    }
}
