using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// A wish for what ONNX Runtime computes with: one of its execution providers, with its device and settings. Immutable. Whether this
/// machine and the installed package have it turns out when an <see cref="OnnxScorer"/> is made.
/// </summary>
/// <remarks>
/// ONNX Runtime has two ways to ask for a provider. The properties (<see cref="Cuda"/> and so on) and <see cref="OfName"/> use the older
/// one, for providers that are part of the installed package. <see cref="OfDevices"/>, <see cref="OfLibrary"/> and <see cref="OfPolicy"/>
/// use the newer one, which chooses among the devices that the machine has and takes providers from libraries of their own. docs/onnx.md
/// says which provider needs which package.
/// </remarks>
public sealed class ExecutionProvider : IEquatable<ExecutionProvider>
{
    private readonly SortedDictionary<string, string> _options;

    private ExecutionProvider(ProviderApi api, string name)
        : this(api, name, deviceId: null, new SortedDictionary<string, string>(StringComparer.Ordinal))
    {
    }

    internal ExecutionProvider(ProviderApi api, string name, int? deviceId, SortedDictionary<string, string> options)
    {
        Api = api;
        Name = name;
        Device = deviceId;
        _options = options;
    }

    /// <summary>The processor. Every package has it.</summary>
    public static ExecutionProvider Cpu { get; } = new(ProviderApi.BuiltIn, ProviderNames.Cpu);

    /// <summary>NVIDIA GPUs by CUDA and cuDNN; package Microsoft.ML.OnnxRuntime.Gpu.</summary>
    public static ExecutionProvider Cuda { get; } = new(ProviderApi.BuiltIn, ProviderNames.Cuda);

    /// <summary>NVIDIA GPUs by TensorRT; package Microsoft.ML.OnnxRuntime.Gpu.</summary>
    public static ExecutionProvider TensorRT { get; } = new(ProviderApi.BuiltIn, ProviderNames.TensorRT);

    /// <summary>GPUs of any maker on Windows, by DirectX 12; package Microsoft.ML.OnnxRuntime.DirectML.</summary>
    public static ExecutionProvider DirectML { get; } = new(ProviderApi.BuiltIn, ProviderNames.DirectML);

    /// <summary>Intel's processors, GPUs and NPUs; package Intel.ML.OnnxRuntime.OpenVino.</summary>
    public static ExecutionProvider OpenVino { get; } = new(ProviderApi.BuiltIn, ProviderNames.OpenVino);

    /// <summary>Apple's processors, GPUs and neural engine; the package Microsoft.ML.OnnxRuntime on macOS and iOS.</summary>
    public static ExecutionProvider CoreML { get; } = new(ProviderApi.BuiltIn, ProviderNames.CoreML);

    /// <summary>AMD GPUs by MIGraphX; a build of ONNX Runtime with it.</summary>
    public static ExecutionProvider MIGraphX { get; } = new(ProviderApi.BuiltIn, ProviderNames.MIGraphX);

    /// <summary>AMD GPUs by ROCm; a build of ONNX Runtime with it.</summary>
    public static ExecutionProvider Rocm { get; } = new(ProviderApi.BuiltIn, ProviderNames.Rocm);

    /// <summary>Processors by oneDNN; a build of ONNX Runtime with it.</summary>
    public static ExecutionProvider Dnnl { get; } = new(ProviderApi.BuiltIn, ProviderNames.Dnnl);

    /// <summary>Android's neural network interface; the package Microsoft.ML.OnnxRuntime on Android.</summary>
    public static ExecutionProvider Nnapi { get; } = new(ProviderApi.BuiltIn, ProviderNames.Nnapi);

    /// <summary>Qualcomm's NPUs; package Microsoft.ML.OnnxRuntime.QNN. It needs the option <c>backend_path</c>.</summary>
    public static ExecutionProvider Qnn { get; } = new(ProviderApi.Name, ProviderNames.Qnn);

    /// <summary>ARM and x86 processors by XNNPACK; a build of ONNX Runtime with it.</summary>
    public static ExecutionProvider Xnnpack { get; } = new(ProviderApi.Name, ProviderNames.Xnnpack);

    /// <summary>GPUs by WebGPU; a build of ONNX Runtime with it.</summary>
    public static ExecutionProvider WebGpu { get; } = new(ProviderApi.Name, ProviderNames.WebGpu);

    /// <summary>What errors and reports call it, such as <c>CUDA</c>: for a provider of its own, the name that ONNX Runtime knows it by.</summary>
    public string Name { get; }

    /// <summary>Which of several devices of the kind, counted from 0. Default 0.</summary>
    public int DeviceId => Device ?? 0;

    /// <summary>Settings of the provider, by the names and in the words that ONNX Runtime documents for it. Default empty.</summary>
    public IReadOnlyDictionary<string, string> Options => _options;

    /// <summary>The kind of device that <see cref="OfDevices"/> or <see cref="OfLibrary"/> was asked for; null when any will do.</summary>
    public OrtHardwareDeviceType? DeviceType { get; private init; }

    /// <summary>The library that <see cref="OfLibrary"/> was given; null for other providers.</summary>
    public string? LibraryPath { get; private init; }

    /// <summary>The rule that <see cref="OfPolicy"/> was given; null for other providers.</summary>
    public ExecutionProviderDevicePolicy? Policy { get; private init; }

    internal ProviderApi Api { get; }

    /// <summary>Null when nobody chose one.</summary>
    internal int? Device { get; }

    /// <summary>A provider that is part of the installed package, by the name that ONNX Runtime gives it.</summary>
    /// <param name="name">The name, such as <c>QNN</c>, <c>XNNPACK</c> or <c>VitisAI</c>.</param>
    /// <returns>The wish.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static ExecutionProvider OfName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new(ProviderApi.Name, name);
    }

    /// <summary>The devices that ONNX Runtime lists for a provider.</summary>
    /// <param name="name">Name of the provider as the list has it, such as <c>CUDAExecutionProvider</c>, or without <c>ExecutionProvider</c>.</param>
    /// <param name="deviceType">The kind of device, or null for any.</param>
    /// <returns>The wish.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static ExecutionProvider OfDevices(string name, OrtHardwareDeviceType? deviceType = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new(ProviderApi.Devices, name) { DeviceType = deviceType };
    }

    /// <summary>A provider from a library of its own, which is registered with ONNX Runtime once per process.</summary>
    /// <param name="name">
    /// The name under which it is registered and its devices are listed, such as <c>OpenVINOExecutionProvider</c>.
    /// </param>
    /// <param name="libraryPath">Path of the library.</param>
    /// <param name="deviceType">The kind of device, or null for any.</param>
    /// <returns>The wish.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="libraryPath"/> is empty.</exception>
    public static ExecutionProvider OfLibrary(string name, string libraryPath, OrtHardwareDeviceType? deviceType = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(libraryPath);
        return new(ProviderApi.Devices, name) { DeviceType = deviceType, LibraryPath = Path.GetFullPath(libraryPath) };
    }

    /// <summary>
    /// Leaves the choice to ONNX Runtime, by a rule. It never fails on a machine that has nothing better than its processor: which provider
    /// then computes is told by ONNX Runtime's profile alone.
    /// </summary>
    /// <param name="policy">The rule.</param>
    /// <returns>The wish.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="policy"/> is none of ONNX Runtime's.</exception>
    public static ExecutionProvider OfPolicy(ExecutionProviderDevicePolicy policy)
    {
        if (!Enum.IsDefined(policy))
            throw new ArgumentOutOfRangeException(nameof(policy), policy, $"The policy is one of {string.Join(", ", Enum.GetNames<ExecutionProviderDevicePolicy>())}.");
        return new(ProviderApi.Policy, policy.ToString()) { Policy = policy };
    }

    /// <summary>The same provider on another device.</summary>
    /// <param name="deviceId">Which of several devices of the kind, 0 or more.</param>
    /// <returns>The wish; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="deviceId"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The provider takes no device number.</exception>
    public ExecutionProvider WithDevice(int deviceId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviceId);
        if (Api == ProviderApi.Devices || ProviderNames.TakesDevice(this))
            return new(Api, Name, deviceId, _options) { DeviceType = DeviceType, LibraryPath = LibraryPath, Policy = Policy };
        throw new InvalidOperationException($"The provider {Name} takes no device number; it may have an option for that.");
    }

    /// <summary>The same provider with one more setting.</summary>
    /// <param name="key">Name of the setting, as ONNX Runtime documents it for the provider.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The wish; this one stays as it is.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The provider takes no settings: the processor and policies.</exception>
    public ExecutionProvider WithOption(string key, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        ArgumentNullException.ThrowIfNull(value);
        if (IsCpu || Api == ProviderApi.Policy)
            throw new InvalidOperationException($"The provider {Name} takes no options; those of the session are set by {nameof(OnnxScorerOptions.ConfigureSession)}.");
        return new(Api, Name, Device, new SortedDictionary<string, string>(_options, StringComparer.Ordinal) { [key] = value })
        {
            DeviceType = DeviceType,
            LibraryPath = LibraryPath,
        };
    }

    /// <inheritdoc/>
    public bool Equals(ExecutionProvider? other) => other is not null && other.Api == Api && other.ToString() == ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExecutionProvider);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The name, and whatever else was asked for.</summary>
    public override string ToString()
    {
        var details = new List<string>();
        if (Policy is not null)
            details.Add("policy");
        if (Device is int device)
            details.Add(string.Create(CultureInfo.InvariantCulture, $"device {device}"));
        if (DeviceType is OrtHardwareDeviceType type)
            details.Add(type.ToString());
        if (LibraryPath is not null)
            details.Add(LibraryPath);
        details.AddRange(_options.Select(option => $"{option.Key}={option.Value}"));
        return details.Count == 0 ? Name : $"{Name} ({string.Join(", ", details)})";
    }

    internal bool IsCpu => Api == ProviderApi.BuiltIn && Name == ProviderNames.Cpu;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal static ExecutionProvider Read(BinaryReader reader)
    {
        var api = (ProviderApi)reader.ReadByte();
        string name = reader.ReadString();
        int device = reader.ReadInt32();
        int deviceType = reader.ReadInt32();
        string library = reader.ReadString();
        int policy = reader.ReadInt32();
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int left = reader.ReadInt32(); left > 0; left--)
            options[reader.ReadString()] = reader.ReadString();
        if (!Enum.IsDefined(api) || name.Length == 0)
            throw new InvalidDataException($"The saved execution provider is damaged: its kind is {(int)api}, its name '{name}'.");
        return new(api, name, device < 0 ? null : device, options)
        {
            DeviceType = deviceType < 0 ? null : (OrtHardwareDeviceType)deviceType,
            LibraryPath = library.Length == 0 ? null : library,
            Policy = policy < 0 ? null : (ExecutionProviderDevicePolicy)policy,
        };
    }

    /// <summary>Writes the wish; numbers are little-endian, −1 and empty stand for null.</summary>
    internal void Write(BinaryWriter writer)
    {
        writer.Write((byte)Api);
        writer.Write(Name);
        writer.Write(Device ?? -1);
        writer.Write(DeviceType is null ? -1 : (int)DeviceType);
        writer.Write(LibraryPath ?? "");
        writer.Write(Policy is null ? -1 : (int)Policy);
        writer.Write(_options.Count);
        foreach ((string key, string value) in _options)
        {
            writer.Write(key);
            writer.Write(value);
        }
    }
}
