using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests;

/// <summary>Scores with a saved model in a process that names no type of this library.</summary>
internal static class FreshProcess
{
    /// <returns>What the program LoadInFreshProcess prints: a line for each row.</returns>
    public static string[] Score(MLContext context, ITransformer model, DataViewSchema inputs, IEnumerable<TestRow> rows)
    {
        string folder = Directory.CreateTempSubdirectory("VariationalDropout").FullName;
        try
        {
            string modelFile = Path.Combine(folder, "model.zip"), rowsFile = Path.Combine(folder, "rows.tsv");
            context.Model.Save(model, inputs, modelFile);
            File.WriteAllLines(rowsFile, rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.A:R}\t{row.B:R}\t{row.C:R}\t{row.D:R}")));

            string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "LoadInFreshProcess", configuration, "LoadInFreshProcess.dll"));
            var start = new ProcessStartInfo("dotnet", ["exec", program, modelFile, rowsFile]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            Assert.AreEqual(0, process.ExitCode, errors.Result);
            return lines;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
