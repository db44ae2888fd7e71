using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Tells two sets of rows apart.</summary>
internal static class DataFingerprint
{
    /// <summary>The SHA-256 of weights, labels and features in the order of the rows, wherever they are held.</summary>
    public static string Compute(TrainingSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
                Append(hash, data, row);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, TrainingSet data, int row)
    {
        float weight = data.Weight(row);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(in weight)));
        hash.AppendData(MemoryMarshal.AsBytes(data.Labels(row)));
        if (!data.IsSparse)
        {
            hash.AppendData(MemoryMarshal.AsBytes(data.Features(row)));
            return;
        }

        ReadOnlySpan<float> values = data.SparseFeatures(row, out ReadOnlySpan<int> indices);
        int count = values.Length;
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in count)));
        hash.AppendData(MemoryMarshal.AsBytes(values));
        hash.AppendData(MemoryMarshal.AsBytes(indices));
    }
}
