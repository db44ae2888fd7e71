using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Samples;

namespace PaperExperiments.Digits;

/// <summary>The digits of a study: what networks are trained on, and what their errors are counted on.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="EvaluatedOn">"test", or "validation": rows kept out of training, to choose settings by.</param>
/// <param name="Train">Rows to train on.</param>
/// <param name="Evaluated">Rows to count errors on.</param>
internal sealed record DigitSets(string Source, string EvaluatedOn, IReadOnlyList<DigitImage> Train, IReadOnlyList<DigitImage> Evaluated)
{
    /// <summary>Of 60,000 training rows, as many as are kept for validation.</summary>
    private const double ValidationShare = 10_000 / 60_000.0;

    private const int DrawnTrainRows = 10_000, DrawnTestRows = 2_000, DrawnSeed = 1;

    private const int QuickTrainRows = 1_000, QuickTestRows = 300;

    /// <summary>Whether all test rows of a data set that was given count, so that errors can be compared with published ones.</summary>
    public required bool IsBenchmark { get; init; }

    /// <summary>The same rows have the same one, wherever they lie: results of other rows are not taken for these.</summary>
    public string Fingerprint { get; } = Hash(Train, Evaluated);

    /// <summary>The option that decides about the second argument of <see cref="Load"/>.</summary>
    public static Option<bool> CreateValidationOption() => new("--validation")
    {
        Description = "Keep the last sixth of the training rows out and count errors there, not on the test rows: to choose settings",
    };

    /// <param name="settings">Which data, and whether to use some of them only.</param>
    /// <param name="validation">Whether to count errors on the last rows of the training set, which are then not trained on, and to leave the test set alone.</param>
    public static DigitSets Load(ExperimentSettings settings, bool validation)
    {
        DigitData data = settings.DataFolder is string folder
            ? DigitData.Load(folder)
            : settings.Quick
                ? DigitData.Draw(QuickTrainRows, QuickTestRows, DrawnSeed)
                : DigitData.Draw(DrawnTrainRows, DrawnTestRows, DrawnSeed);
        IReadOnlyList<DigitImage> train = settings.Quick ? [.. data.Train.Take(QuickTrainRows)] : data.Train;
        if (!validation)
            return new(data.Source, "test", train, settings.Quick ? [.. data.Test.Take(QuickTestRows)] : data.Test) { IsBenchmark = settings.DataFolder is not null && !settings.Quick };

        int kept = train.Count - (int)Math.Round(ValidationShare * train.Count);
        return new(data.Source, "validation", [.. train.Take(kept)], [.. train.Skip(kept)]) { IsBenchmark = false };
    }

    /// <exception cref="InvalidDataException">There are fewer training rows than a minibatch has.</exception>
    public void CheckMinibatch(int rows)
    {
        if (Train.Count < rows)
            throw new InvalidDataException($"'{Source}' has {Train.Count} training rows; a minibatch has {rows}.");
    }

    private static string Hash(params ReadOnlySpan<IReadOnlyList<DigitImage>> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (IReadOnlyList<DigitImage> set in sets)
        {
            foreach (DigitImage row in set)
            {
                hash.AppendData([(byte)row.Digit]);
                hash.AppendData(MemoryMarshal.AsBytes(row.Features.AsSpan()));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
