using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Startup;

/// <summary>
/// Makes TorchSharp's native library load on systems whose C++ library is older than GCC 13's. Version 0.107.0 asks for the symbol version
/// GLIBCXX_3.4.32 because its compiler mentions <c>ios_base_library_init</c> wherever &lt;iostream&gt; is included; nothing calls it. In the copy
/// beside this program that need is marked weak, so that the loader warns of nothing and refuses nothing.
/// </summary>
internal static class TorchSharpLibrary
{
    private const string FileName = "libLibTorchSharp.so", Version = "GLIBCXX_3.4.32";

    // Offsets and values of the ELF format for 64 bits (System V ABI; Linux Standard Base, symbol versions).
    private const uint Magic = 0x7F454C46;
    private const int SectionTable = 0x28, SectionSize = 0x3A, SectionCount = 0x3C;
    private const int SectionType = 0x04, SectionOffset = 0x18, SectionLink = 0x28, SectionInfo = 0x2C;
    private const int NeedCount = 2, NeedEntries = 8, NeedNext = 12;
    private const int EntryFlags = 4, EntryName = 8, EntryNext = 12;
    private const uint VersionNeeds = 0x6FFFFFFE;
    private const ushort Weak = 2;

    /// <summary>Changes the library beside this program if it does not load as it is.</summary>
    public static void Prepare()
    {
        string path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!OperatingSystem.IsLinux() || !File.Exists(path) || NativeLibrary.TryLoad(path, out _))
            return;

        byte[] file = File.ReadAllBytes(path);
        if (BinaryPrimitives.ReadUInt32BigEndian(file) == Magic && WeakenNeeds(file))
        {
            // A new file in its place: the old one may be a link into the package folder.
            string changed = path + ".changed";
            File.WriteAllBytes(changed, file);
            File.Move(changed, path, overwrite: true);
        }

        NativeLibrary.Load(path);
    }

    /// <summary>Marks the needs of <see cref="Version"/> weak; false when there is none.</summary>
    private static bool WeakenNeeds(Span<byte> file)
    {
        bool isChanged = false;
        for (int section = 0; section < U16(file, SectionCount); section++)
        {
            int header = Section(file, section);
            if ((uint)U32(file, header + SectionType) != VersionNeeds)
                continue;

            int names = Offset(file, Section(file, U32(file, header + SectionLink)) + SectionOffset);
            int need = Offset(file, header + SectionOffset);
            for (int n = U32(file, header + SectionInfo); n > 0; n--, need += U32(file, need + NeedNext))
            {
                int entry = need + U32(file, need + NeedEntries);
                for (int e = U16(file, need + NeedCount); e > 0; e--, entry += U32(file, entry + EntryNext))
                {
                    if (!file[(names + U32(file, entry + EntryName))..].StartsWith(Encoding.ASCII.GetBytes(Version + '\0')))
                        continue;
                    BinaryPrimitives.WriteUInt16LittleEndian(file[(entry + EntryFlags)..], (ushort)(U16(file, entry + EntryFlags) | Weak));
                    isChanged = true;
                }
            }
        }

        return isChanged;
    }

    private static int Section(ReadOnlySpan<byte> file, int index) => Offset(file, SectionTable) + (index * U16(file, SectionSize));

    private static int Offset(ReadOnlySpan<byte> file, int at) => checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file[at..]));

    private static int U32(ReadOnlySpan<byte> file, int at) => unchecked((int)BinaryPrimitives.ReadUInt32LittleEndian(file[at..]));

    private static int U16(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);
}
