using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Samples;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>Figures in the cells of tables.</summary>
internal static class CellText
{
    private const int SignificantDigits = 3, MostDecimals = 8;

    /// <summary>The metric's decimals, or as many as give the column's figure three digits.</summary>
    public static int Decimals(Metric metric, SetResult result, string column)
    {
        if (metric.Decimals is int given)
            return given;
        double size = result.PerSplit(column, metric)?.Average() ?? 1;
        return size > 0 ? Math.Clamp(SignificantDigits - 1 - (int)Math.Floor(Math.Log10(size)), 0, MostDecimals) : 0;
    }

    public static string Of(Estimate estimate, int decimals, bool isDifference)
    {
        string format = string.Create(CultureInfo.InvariantCulture, $"F{decimals}"), mean = estimate.Mean.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
        string signed = isDifference && estimate.Mean > 0 ? $"+{mean}" : mean;
        return estimate.StandardError is double error ? $"{signed} ± {error.ToString(format, CultureInfo.InvariantCulture)}" : signed;
    }

    public static string Whole(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
