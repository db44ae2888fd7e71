using PaperExperiments.Mnist;
using PaperExperiments.Sparsify;
using PaperExperiments.Speed;
using PaperExperiments.Uci;
using PaperExperiments.Variance;
using QuickStart.Tests;

namespace PaperExperiments.Tests;

[TestClass]
[DoNotParallelize] // The error stream belongs to the process.
public sealed class CommandLineTests
{
    [TestMethod]
    [DataRow("--seeds takes a whole number from 1 to 1000; found '0'.", "uci", "--seeds", "0")]
    [DataRow("--splits takes a whole number from 1 to 2147483647; found 'all'.", "uci", "--splits", "all")]
    [DataRow("--hidden takes a whole number from 1 to 65536; found '50,50'.", "uci", "--hidden", "50,50")]
    [DataRow("--methods takes names of none, binary, gaussian-correlated, gaussian-independent, A, A2, B, with commas between them; found 'C'.", "mnist", "--methods", "A,C")]
    [DataRow("--sizes takes whole numbers from 1 to 65536 with commas between them, such as 100,250; found '100,0'.", "mnist", "--sizes", "100,0")]
    [DataRow("--learning-rate takes a number from 1E-10 to 10; found '0'.", "mnist", "--learning-rate", "0")]
    [DataRow("--learning-rate takes a number from 1E-10 to 10; found 'NaN'.", "mnist", "--learning-rate", "NaN")]
    [DataRow("--draws takes a whole number from 2 to 1000000; found '1'.", "variance", "--draws", "1")]
    [DataRow("--units takes a whole number from 1 to 65536; found '0'.", "variance", "--units", "0")]
    [DataRow("--rounds takes a whole number from 1 to 1000000; found '-1'.", "speed", "--rounds", "-1")]
    [DataRow("Unrecognized command or argument '--posterior'.", "uci", "--posterior")]
    [DataRow("Required command was not provided.")]
    public async Task A_bad_option_is_one_line_and_exit_code_1(string message, params string[] arguments)
    {
        (int exitCode, string error) = await Run(arguments);

        Assert.AreEqual(1, exitCode);
        Assert.AreEqual($"Error: {message} Try --help.{Environment.NewLine}", error);
    }

    [TestMethod]
    [DataRow("variance")]
    [DataRow("speed")]
    [DataRow("mnist")]
    [DataRow("sparsify")]
    [DataRow("uci")]
    public async Task A_folder_that_does_not_exist_is_one_line_and_exit_code_1(string command)
    {
        using var folder = new TemporaryFolder();
        string missing = Path.Combine(folder.Path, "missing");

        (int exitCode, string error) = await Run(command, "--data", missing, "--output", folder.Path);

        Assert.AreEqual(1, exitCode);
        Assert.AreEqual($"Error: The data folder '{missing}' does not exist.{Environment.NewLine}", error);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    private static async Task<(int ExitCode, string Error)> Run(params string[] arguments)
    {
        TextWriter original = Console.Error;
        using var error = new StringWriter();
        Console.SetError(error);
        try
        {
            return (await ExperimentCommandLine.RunAsync(arguments, [new VarianceExperiment(), new SpeedExperiment(), new MnistExperiment(), new SparsifyExperiment(), new UciExperiment()]), error.ToString());
        }
        finally
        {
            Console.SetError(original);
        }
    }
}
