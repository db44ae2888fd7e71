using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;

/// <summary>Figures of a row as text.</summary>
internal static class RowText
{
    /// <summary>A time with three digits and its unit.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 1e-6 => $"{Digits(seconds * 1e9)} ns",
        < 1e-3 => $"{Digits(seconds * 1e6)} µs",
        < 1 => $"{Digits(seconds * 1e3)} ms",
        _ => $"{Digits(seconds)} s",
    };

    /// <summary>Median and quartiles of a time, in the unit of the median.</summary>
    public static string Time(Quartiles seconds) => $"{Time(seconds.Median)} ({Time(seconds.Lower)}–{Time(seconds.Upper)})";

    /// <summary>Median and quartiles of a ratio.</summary>
    public static string Ratio(Quartiles ratio) => $"{Digits(ratio.Median)} ({Digits(ratio.Lower)}–{Digits(ratio.Upper)})";

    public static string Goal(Row row)
        => row.Target is null ? "" : $"{(row.IsTime ? "≤" : "≥")} {Digits(row.Target.Value)} / {Digits(row.Aim!.Value)}";

    /// <summary>What the median reaches; nothing where other programs disturbed too many windows.</summary>
    public static string Verdict(Row row, Outcome outcome)
    {
        if (outcome.IsDisturbed)
            return "disturbed";
        if (row.Target is null)
            return "";
        return Reaches(row.Aim!.Value) ? "aim" : Reaches(row.Target.Value) ? "target" : "missed";

        bool Reaches(double goal) => row.IsTime ? outcome.Ratio.Median <= goal : outcome.Ratio.Median >= goal;
    }

    public static string Digits(double value) => value.ToString(value switch { >= 100 => "F0", >= 10 => "F1", >= 1 => "F2", _ => "F3" }, CultureInfo.InvariantCulture);
}
