using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Interop;

[assembly: LoadableClass(
    typeof(VariationalDropoutMulticlassPredictionTransformer),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multiclass transformer",
    VariationalDropoutMulticlassPredictionTransformer.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Scores rows with a <see cref="VariationalDropoutMulticlassModelParameters"/>. Immutable, and safe to use from many threads.</summary>
/// <remarks>
/// A row's scores depend on its features, the model, the mode, the number of samples and the seed alone: they are the same bits in
/// <see cref="PredictionTransformerBase{TModel}.Transform"/>, in a <see cref="PredictionEngine{TSrc, TDst}"/>, in any cursor, on any
/// thread, beside any other rows, and after saving and loading. A prediction engine itself is for one thread at a time: make one per
/// thread.
/// <para>
/// Checksums cover all that this transformer saves: the model, the training schema, the column names and the settings; damage there is
/// refused before it is parsed. What ML.NET itself adds to the file has none: the headers of the entries, other transformers, and the
/// input schema of the whole (the entry <c>Schema</c>), which ML.NET may read for long if it is damaged.
/// </para>
/// </remarks>
public sealed class VariationalDropoutMulticlassPredictionTransformer
    : SingleFeaturePredictionTransformerBase<VariationalDropoutMulticlassModelParameters>
{
    internal const string LoaderSignature = "VarDropoutMulticlassXfer";

    private readonly string? _labelColumnName;
    private readonly PredictionSettings _settings;

    internal VariationalDropoutMulticlassPredictionTransformer(
        IHostEnvironment env,
        VariationalDropoutMulticlassModelParameters model,
        DataViewSchema trainSchema,
        string featureColumnName,
        string? labelColumnName,
        PredictionSettings settings)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoaderSignature), model, trainSchema, featureColumnName)
    {
        _labelColumnName = labelColumnName;
        _settings = settings;
        CreateScorer();
    }

    private VariationalDropoutMulticlassPredictionTransformer(IHostEnvironment env, ModelLoadContext ctx)
        : base(Contracts.CheckRef(env, nameof(env)).Register(LoaderSignature), VerifyChecksum(env, ctx))
    {
        _labelColumnName = ctx.LoadStringOrNull();
        _settings = ReadSettings(ctx);
        ctx.Reader.BaseStream.Seek(SHA256.HashSizeInBytes, SeekOrigin.Current);
        if (!_settings.IsValid)
            throw Host.Process(new InvalidDataException($"The saved transformer is damaged: its prediction settings are {_settings}."));
        CreateScorer();
    }

    /// <summary>How predictions are made.</summary>
    public PredictionMode Mode => _settings.Mode;

    /// <summary>Draws per row when sampling; 0 otherwise.</summary>
    public int NumberOfSamples => _settings.NumberOfSamples;

    /// <summary>The seed of the draws when sampling; 0 otherwise.</summary>
    public int Seed => _settings.Seed;

    /// <summary>
    /// Makes a transformer over the same model that predicts with the posterior means of the weights: one pass per row, the columns
    /// <c>Score</c> and <c>PredictedLabel</c>.
    /// </summary>
    /// <returns>The transformer; this one stays as it is.</returns>
    public VariationalDropoutMulticlassPredictionTransformer WithPosteriorMean() => With(PredictionSettings.PosteriorMean);

    /// <summary>
    /// Makes a transformer over the same model that averages the probabilities over draws of the weights: more reliable ones, and how
    /// sure they are, for as many passes per row.
    /// </summary>
    /// <remarks>
    /// Adds the columns <c>ScoreStandardDeviation</c> (per class, over the draws), <c>ScorePredictiveEntropy</c> (of the average, in
    /// nats, the whole uncertainty) and <c>ScoreMutualInformation</c> (in nats, the part that more data would remove).
    /// </remarks>
    /// <param name="samples">Draws per row, in [1, 1000000]. The error of an average falls with the root of their number.</param>
    /// <param name="seed">The seed of the draws: the same seed, the same scores.</param>
    /// <returns>The transformer; this one stays as it is.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is outside of its range.</exception>
    public VariationalDropoutMulticlassPredictionTransformer WithSampling(int samples = Defaults.Samples, int seed = Defaults.SamplingSeed)
        => With(PredictionSettings.Sampling(samples, seed));

    internal static VariationalDropoutMulticlassPredictionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.ThrowIfUnsupported();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new VariationalDropoutMulticlassPredictionTransformer(env, ctx);
    }

    private protected override void SaveCore(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo(GetVersionInfo());

        // What base.SaveCore does, but from memory: the bytes under the checksum are the bytes that are saved.
        ctx.SaveModel(Model, DirModel);
        byte[] schema = SerializeTrainSchema();
        ctx.SaveBinaryStream(DirTransSchema, writer => writer.Write(schema));
        ctx.SaveStringOrNull(FeatureColumnName);

        ctx.SaveStringOrNull(_labelColumnName);
        ctx.Writer.Write((int)_settings.Mode);
        ctx.Writer.Write(_settings.NumberOfSamples);
        ctx.Writer.Write(_settings.Seed);
        ctx.Writer.Write(Checksum(FeatureColumnName, _labelColumnName, _settings, SHA256.HashData(schema)));
    }

    /// <summary>Checks what the base constructor is about to read: ML.NET's schema reader can take very long over a damaged schema.</summary>
    private static ModelLoadContext VerifyChecksum(IHostEnvironment env, ModelLoadContext ctx)
    {
        Stream stream = ctx.Reader.BaseStream;
        long start = stream.Position;
        string? featureColumnName = ctx.LoadStringOrNull();
        string? labelColumnName = ctx.LoadStringOrNull();
        PredictionSettings settings = ReadSettings(ctx);
        byte[] expected = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes);
        stream.Position = start;

        byte[] schemaHash = [];
        ctx.TryLoadBinaryStream(DirTransSchema, reader => schemaHash = SHA256.HashData(reader.BaseStream));
        if (!Checksum(featureColumnName, labelColumnName, settings, schemaHash).AsSpan().SequenceEqual(expected))
            throw env.Process(new InvalidDataException("The saved transformer is damaged: its checksum does not match its settings and training schema."));
        return ctx;
    }

    private static byte[] Checksum(string? featureColumnName, string? labelColumnName, PredictionSettings settings, byte[] schemaHash)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8);
        foreach (string? name in new[] { featureColumnName, labelColumnName })
        {
            // Null and empty are different names.
            writer.Write(name is not null);
            writer.Write(name ?? "");
        }

        writer.Write((int)settings.Mode);
        writer.Write(settings.NumberOfSamples);
        writer.Write(settings.Seed);
        writer.Write(schemaHash);
        writer.Flush();
        return SHA256.HashData(content.ToArray());
    }

    private static PredictionSettings ReadSettings(ModelLoadContext ctx)
        => new((PredictionMode)ctx.Reader.ReadInt32(), ctx.Reader.ReadInt32(), ctx.Reader.ReadInt32());

    private byte[] SerializeTrainSchema()
    {
        using var stream = new MemoryStream();
        using IChannel channel = Host.Start("Saving train schema");
        var saver = new BinarySaver(Host, new BinarySaver.Arguments { Silent = true });
        DataSaverUtils.SaveDataView(channel, saver, new EmptyDataView(Host, TrainSchema), stream);
        return stream.ToArray();
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "VARDRXMC",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(VariationalDropoutMulticlassPredictionTransformer).Assembly.GetName().Name);

    private VariationalDropoutMulticlassPredictionTransformer With(PredictionSettings settings)
        => new(Host, Model, TrainSchema, FeatureColumnName, _labelColumnName, settings);

    private void CreateScorer()
    {
        var schema = new RoleMappedSchema(TrainSchema, _labelColumnName, FeatureColumnName);
        BindableMapper = new MulticlassScoreMapper(Model, _settings, schema.Label);
        int rowSize = Math.Max(Model.FeatureCount, Model.NumberOfClasses);
        Scorer = new MulticlassBlockScorer(Host, new EmptyDataView(Host, TrainSchema), BindableMapper.Bind(Host, schema), schema, rowSize);
    }
}
