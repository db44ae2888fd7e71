using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What a transformer saves besides its model, under a checksum that is verified before ML.NET parses any of it.</summary>
/// <remarks>
/// After what ML.NET's base class reads (the model, the training schema, the feature column's name):
/// <code>
/// label column    id of a string, or none
/// mode            int32
/// samples         int32
/// seed            int32
/// threshold       float, of a binary classifier alone
/// checksum        32 bytes SHA-256 of the above, the feature column's name and the training schema
/// </code>
/// </remarks>
internal static class TransformerFile
{
    private const string TrainSchemaEntry = "TrainSchema";

    /// <summary>The training schema as ML.NET's base class writes it, but in memory: the bytes under the checksum are the bytes that are saved.</summary>
    public static byte[] SerializeTrainSchema(IHost host, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        using IChannel channel = host.Start("Saving train schema");
        var saver = new BinarySaver(host, new BinarySaver.Arguments { Silent = true });
        DataSaverUtils.SaveDataView(channel, saver, new EmptyDataView(host, schema), stream);
        return stream.ToArray();
    }

    public static void Write(ModelSaveContext ctx, SavedComponent component, byte[] schema, string? featureColumnName, string? labelColumnName, PredictionSettings settings)
    {
        ctx.SaveBinaryStream(TrainSchemaEntry, writer => writer.Write(schema));
        ctx.SaveStringOrNull(featureColumnName);
        ctx.SaveStringOrNull(labelColumnName);
        WriteSettings(ctx.Writer, component, settings);
        ctx.Writer.Write(Checksum(component, featureColumnName, labelColumnName, settings, SHA256.HashData(schema)));
    }

    /// <summary>Checks what is about to be read: ML.NET's schema reader can take very long over a damaged schema.</summary>
    /// <returns><paramref name="ctx"/>, where it was.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ModelLoadContext Verify(IHostEnvironment env, ModelLoadContext ctx, SavedComponent component)
    {
        Stream stream = ctx.Reader.BaseStream;
        long start = stream.Position;
        string? featureColumnName = ctx.LoadStringOrNull();
        string? labelColumnName = ctx.LoadStringOrNull();
        PredictionSettings settings = ReadSettings(ctx.Reader, component);
        byte[] expected = ctx.Reader.ReadBytes(SHA256.HashSizeInBytes);
        stream.Position = start;

        byte[] schemaHash = [];
        ctx.TryLoadBinaryStream(TrainSchemaEntry, reader => schemaHash = SHA256.HashData(reader.BaseStream));
        if (!Checksum(component, featureColumnName, labelColumnName, settings, schemaHash).AsSpan().SequenceEqual(expected))
            throw env.Process(new InvalidDataException("The saved transformer is damaged: its checksum does not match its settings and training schema."));
        return ctx;
    }

    /// <summary>Reads what follows after the base class has read the feature column's name.</summary>
    /// <exception cref="InvalidDataException">The settings are none.</exception>
    public static PredictionSettings Read(IHostEnvironment env, ModelLoadContext ctx, SavedComponent component, out string? labelColumnName)
    {
        labelColumnName = ctx.LoadStringOrNull();
        PredictionSettings settings = ReadSettings(ctx.Reader, component);
        ctx.Reader.BaseStream.Seek(SHA256.HashSizeInBytes, SeekOrigin.Current);
        if (!settings.IsValid || PredictionSettings.IsThreshold(settings.Threshold) != component.HasThreshold)
            throw env.Process(new InvalidDataException($"The saved transformer is damaged: its prediction settings are {settings}."));
        return settings;
    }

    private static byte[] Checksum(SavedComponent component, string? featureColumnName, string? labelColumnName, PredictionSettings settings, byte[] schemaHash)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8);
        foreach (string? name in new[] { featureColumnName, labelColumnName })
        {
            // Null and empty are different names.
            writer.Write(name is not null);
            writer.Write(name ?? "");
        }

        WriteSettings(writer, component, settings);
        writer.Write(schemaHash);
        writer.Flush();
        return SHA256.HashData(content.ToArray());
    }

    private static void WriteSettings(BinaryWriter writer, SavedComponent component, PredictionSettings settings)
    {
        writer.Write((int)settings.Mode);
        writer.Write(settings.NumberOfSamples);
        writer.Write(settings.Seed);
        if (component.HasThreshold)
            writer.Write(settings.Threshold);
    }

    private static PredictionSettings ReadSettings(BinaryReader reader, SavedComponent component)
    {
        var settings = new PredictionSettings((PredictionMode)reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        return component.HasThreshold ? settings with { Threshold = reader.ReadSingle() } : settings;
    }
}
