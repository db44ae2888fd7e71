using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Interop;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;

[assembly: LoadableClass(
    typeof(VariationalDropoutOnnxTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout ONNX transformer",
    VariationalDropoutOnnxTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>
/// Scores rows with an ONNX model on ONNX Runtime; the columns stand in the documentation of <see cref="VariationalDropoutOnnxEstimator"/>.
/// Immutable, and safe to use from many threads.
/// </summary>
/// <remarks>
/// Rows are read in blocks, and a block runs as one batch; a prediction engine's row runs alone. Sums may be made in another order for
/// another number of rows, so that results can differ in the last bits. Saving puts the whole model into the file, and the wishes for
/// providers; loading tries these again on the machine where it happens. The session ends when nothing refers to the transformer any
/// more: it is not disposable, because a <see cref="PredictionEngine{TSrc, TDst}"/> disposes of the transformer that it was made from,
/// and would take it from the engines of other threads.
/// </remarks>
public sealed class VariationalDropoutOnnxTransformer : ITransformer
{
    internal const string LoaderSignature = "VarDropoutOnnxXfer";

    private const string ModelEntry = "OnnxModel";

    private readonly IHost _host;
    private readonly byte[] _model;
    private readonly OnnxScorerOptions _options;
    private readonly OnnxScorer _scorer;
    private readonly OnnxRowMapper _mapper;

    internal VariationalDropoutOnnxTransformer(IHostEnvironment env, byte[] model, OnnxScorerOptions options)
    {
        MLNetVersion.ThrowIfUnsupported();
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(LoaderSignature);
        _model = model;

        // The caller may go on to change the list.
        ArgumentNullException.ThrowIfNull(options.Providers);
        _options = options with { Providers = [.. options.Providers] };
        _scorer = OnnxScorer.FromBytes(model, _options);
        _mapper = new OnnxRowMapper(_scorer);
        using IChannel channel = _host.Start("Choosing an execution provider");
        foreach (ProviderAttempt attempt in _scorer.Attempts)
            channel.Info($"{attempt}");
    }

    /// <summary>The execution provider that was chosen.</summary>
    public ExecutionProvider Provider => _scorer.Provider;

    /// <summary>The providers that were tried, in this order, and why they were not available; <see cref="Provider"/> is the last.</summary>
    public IReadOnlyList<ProviderAttempt> Attempts => _scorer.Attempts;

    /// <summary>What the graph takes: a column for each input, of its name.</summary>
    public IReadOnlyList<OnnxTensorInfo> Inputs => _scorer.Inputs;

    /// <summary>What the graph gives: a column for each output, of its name without <c>.output</c>.</summary>
    public IReadOnlyList<OnnxTensorInfo> Outputs => _scorer.Outputs;

    internal IReadOnlyList<OutputColumn> Columns => _mapper.Columns;

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The columns that come out for columns that go in.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <returns>These, and one for each output.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An input's column is missing, or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
        => CreateScorer(new EmptyDataView(_host, Contracts.CheckRef(inputSchema, nameof(inputSchema)))).OutputSchema;

    /// <summary>Adds the columns of the outputs; rows are scored when they are read.</summary>
    /// <param name="input">The rows.</param>
    /// <returns>The rows with the outputs.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An input's column is missing, or of another type.</exception>
    public IDataView Transform(IDataView input) => CreateScorer(Contracts.CheckRef(input, nameof(input)));

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
        => CreateScorer(new EmptyDataView(_host, Contracts.CheckRef(inputSchema, nameof(inputSchema))));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        _host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(CreateVersionInfo());
        ctx.SaveBinaryStream(ModelEntry, writer => writer.Write(_model));
        byte[] settings = WriteSettings(_options);
        ctx.Writer.Write(settings.Length);
        ctx.Writer.Write(settings);
        ctx.Writer.Write(Checksum(_model, settings));
    }

    internal static VariationalDropoutOnnxTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.ThrowIfUnsupported();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(CreateVersionInfo());

        byte[] model = [];
        if (!ctx.TryLoadBinaryStream(ModelEntry, reader => model = ReadAll(reader.BaseStream)))
            throw env.Process(new InvalidDataException("The saved transformer is damaged: it has no ONNX model."));
        int length = ctx.Reader.ReadInt32();
        Stream stream = ctx.Reader.BaseStream;
        if (length < 0 || length > stream.Length - stream.Position)
            throw env.Process(new InvalidDataException($"The saved transformer is damaged: its settings would take {length} bytes."));
        byte[] settings = ctx.Reader.ReadBytes(length);
        if (!ctx.Reader.ReadBytes(SHA256.HashSizeInBytes).AsSpan().SequenceEqual(Checksum(model, settings)))
            throw env.Process(new InvalidDataException("The saved transformer is damaged: its checksum does not match its model and settings."));
        return new VariationalDropoutOnnxTransformer(env, model, ReadSettings(settings));
    }

    private static VersionInfo CreateVersionInfo() => new(
        modelSignature: "VARDRXON",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(VariationalDropoutOnnxTransformer).Assembly.GetName().Name);

    private static byte[] ReadAll(Stream stream)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] WriteSettings(OnnxScorerOptions options)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(options.FallBackToCpu);
        writer.Write(options.AllowOperatorsOnCpu);
        writer.Write(options.IntraOpThreads ?? 0);
        writer.Write(options.MaximumBatchRows);
        writer.Write(options.Providers.Count);
        foreach (ExecutionProvider provider in options.Providers)
            provider.Write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static OnnxScorerOptions ReadSettings(byte[] settings)
    {
        using var reader = new BinaryReader(new MemoryStream(settings), Encoding.UTF8);
        bool fallBack = reader.ReadBoolean();
        bool allowOnCpu = reader.ReadBoolean();
        int threads = reader.ReadInt32();
        int rows = reader.ReadInt32();
        var providers = new ExecutionProvider[reader.ReadInt32()];
        for (int i = 0; i < providers.Length; i++)
            providers[i] = ExecutionProvider.Read(reader);
        return new OnnxScorerOptions
        {
            Providers = providers,
            FallBackToCpu = fallBack,
            AllowOperatorsOnCpu = allowOnCpu,
            IntraOpThreads = threads == 0 ? null : threads,
            MaximumBatchRows = rows,
        };
    }

    private static byte[] Checksum(byte[] model, byte[] settings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(model);
        hash.AppendData(settings);
        return hash.GetHashAndReset();
    }

    /// <summary>ONNX Runtime uses all cores for a block by itself.</summary>
    private BlockScorer CreateScorer(IDataView data)
        => new(_host, data, _mapper.Bind(_host, data.Schema), _mapper.RowSize, RowSplitting.Never, _mapper.MaximumBlockRows);
}
