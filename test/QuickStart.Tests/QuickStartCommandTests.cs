using Samples;

namespace QuickStart.Tests;

[TestClass]
[DoNotParallelize] // The error stream belongs to the process.
public sealed class QuickStartCommandTests
{
    [TestMethod]
    public async Task Options_become_settings()
    {
        QuickStartSettings? settings = null;
        int exitCode = await QuickStartCommand.RunAsync(
            ["--data", "d", "--output", "o", "--json", "--iterations", "3", "--hidden", "20, 30", "--seed", "4", "--samples", "5"], (given, _) => Keep(out settings, given));

        Assert.AreEqual(0, exitCode);
        Assert.IsNotNull(settings);
        Assert.AreEqual(("d", "o", true, 3, 3, 4, 5), (settings.DataFolder, settings.OutputFolder, settings.Json, settings.Iterations, settings.UnseenDigitIterations, settings.Seed, settings.Samples));
        CollectionAssert.AreEqual(new[] { 20, 30 }, settings.HiddenLayerSizes.ToArray());
    }

    [TestMethod]
    [DataRow(new string[0], false)]
    [DataRow(new[] { "--data", "d" }, true)]
    public async Task Defaults_depend_on_the_data(string[] arguments, bool mnist)
    {
        QuickStartSettings? settings = null;
        await QuickStartCommand.RunAsync(arguments, (given, _) => Keep(out settings, given));

        QuickStartDefaults defaults = mnist ? QuickStartDefaults.Mnist : QuickStartDefaults.DrawnDigits;
        Assert.IsNotNull(settings);
        CollectionAssert.AreEqual(defaults.HiddenLayerSizes, settings.HiddenLayerSizes.ToArray());
        Assert.AreEqual((defaults.Iterations, defaults.UnseenDigitIterations), (settings.Iterations, settings.UnseenDigitIterations));
        Assert.AreEqual((50, 1, "quickstart-output", false), (settings.Samples, settings.Seed, settings.OutputFolder, settings.Json));
    }

    [TestMethod]
    [DataRow("--iterations takes a whole number from 1 to 2147483647; found '0'.", "--iterations", "0")]
    [DataRow("--samples takes a whole number from 1 to 1000000; found 'many'.", "--samples", "many")]
    [DataRow("--samples takes a whole number from 1 to 1000000; found '1000001'.", "--samples", "1000001")]
    [DataRow("--seed takes a whole number from 0 to 2147483647; found '-1'.", "--seed", "-1")]
    [DataRow("--hidden takes whole numbers from 1 to 65536 with commas between them, such as 500,500; found '500,,500'.", "--hidden", "500,,500")]
    [DataRow("--hidden takes whole numbers from 1 to 65536 with commas between them, such as 500,500; found '500,65537'.", "--hidden", "500,65537")]
    [DataRow("--hidden takes at most 64 layers; found 65.", "--hidden", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1")]
    [DataRow("Unrecognized command or argument '--epochs'.", "--epochs")]
    public async Task A_bad_option_is_one_line_and_exit_code_1(string message, params string[] arguments)
    {
        (int exitCode, string error) = await RunWithErrors(arguments, (_, _) => throw new AssertFailedException("Ran in spite of a bad option."));

        Assert.AreEqual(1, exitCode);
        Assert.AreEqual($"Error: {message} Try --help.{Environment.NewLine}", error);
    }

    [TestMethod]
    public async Task The_largest_allowed_values_are_accepted()
    {
        QuickStartSettings? settings = null;
        string layers = string.Join(',', Enumerable.Repeat("65536", 64));
        int exitCode = await QuickStartCommand.RunAsync(["--samples", "1000000", "--hidden", layers], (given, _) => Keep(out settings, given));

        Assert.AreEqual(0, exitCode);
        Assert.IsNotNull(settings);
        Assert.AreEqual(1_000_000, settings.Samples);
        Assert.HasCount(64, settings.HiddenLayerSizes);
    }

    [TestMethod]
    public async Task An_output_folder_that_cannot_be_written_is_one_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        string underFile = Path.Combine(folder.Write("file", 1), "folder");

        (int exitCode, string error) = await RunWithErrors(["--output", underFile], (settings, _) => Keep(out OutputFolder _, OutputFolder.Open(settings.OutputFolder)));

        Assert.AreEqual(1, exitCode);
        StringAssert.StartsWith(error, $"Error: The output folder '{underFile}' cannot be written: ");
        Assert.HasCount(1, error.TrimEnd().Split('\n'));
    }

    [TestMethod]
    public async Task A_cancelled_run_says_so_and_ends_with_130()
    {
        (int exitCode, string error) = await RunWithErrors([], (_, _) => throw new OperationCanceledException());

        Assert.AreEqual(130, exitCode);
        Assert.AreEqual($"Cancelled; no file was written.{Environment.NewLine}", error);
    }

    /// <summary>A run that has nothing to write.</summary>
    private static Action Keep<T>(out T kept, T value)
    {
        kept = value;
        return () => { };
    }

    private static async Task<(int ExitCode, string Error)> RunWithErrors(string[] arguments, Func<QuickStartSettings, CancellationToken, Action> run)
    {
        TextWriter original = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            return (await QuickStartCommand.RunAsync(arguments, run), error.ToString());
        }
        finally
        {
            Console.SetError(original);
        }
    }
}
