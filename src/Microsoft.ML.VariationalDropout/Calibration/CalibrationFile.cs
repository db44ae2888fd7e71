using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Calibration;

/// <summary>What the transformers of this folder save: their settings behind their length, and a checksum of them.</summary>
/// <remarks>
/// <code>
/// length     int32    in bytes
/// settings   strings and numbers, as the transformer writes them; little-endian
/// checksum   32 bytes SHA-256 of the settings
/// </code>
/// </remarks>
internal static class CalibrationFile
{
    public static void Write(ModelSaveContext ctx, SavedComponent component, Action<BinaryWriter> write)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(component.CreateVersionInfo());
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
        writer.Flush();
        byte[] settings = stream.ToArray();
        ctx.Writer.Write(settings.Length);
        ctx.Writer.Write(settings);
        ctx.Writer.Write(SHA256.HashData(settings));
    }

    /// <exception cref="InvalidDataException">What is there is damaged.</exception>
    public static T Read<T>(IHostEnvironment env, ModelLoadContext ctx, SavedComponent component, Func<BinaryReader, T> read)
    {
        component.CheckLoad(env, ctx);
        Stream stream = ctx.Reader.BaseStream;
        int length = ctx.Reader.ReadInt32();
        if (length < 0 || length > stream.Length - stream.Position - Checksum.Size)
            throw Damaged(env, $"its settings would take {length} bytes");
        byte[] settings = ctx.Reader.ReadBytes(length);
        if (!SHA256.HashData(settings).AsSpan().SequenceEqual(ctx.Reader.ReadBytes(Checksum.Size)))
            throw Damaged(env, "its checksum does not match its settings");
        using var reader = new BinaryReader(new MemoryStream(settings), Encoding.UTF8);
        return read(reader);
    }

    public static Exception Damaged(IHostEnvironment env, string what) => env.Process(new InvalidDataException($"The saved transformer is damaged: {what}."));
}
