namespace QuickStart;

/// <summary>What the sample uses when the command line does not say otherwise: all the numbers that decide how long it runs.</summary>
/// <param name="HiddenLayerSizes">Units of each hidden layer, from the input on.</param>
/// <param name="Iterations">Passes over the training rows.</param>
/// <param name="UnseenDigitIterations">Passes of the second training, which leaves a digit out.</param>
internal sealed record QuickStartDefaults(int[] HiddenLayerSizes, int Iterations, int UnseenDigitIterations)
{
    public const int DrawnTrainRows = 10_000;

    public const int DrawnTestRows = 2_000;

    public const int Samples = 50;

    public const int Seed = 1;

    public const string OutputFolder = "quickstart-output";

    /// <summary>Without <c>--data</c>: about a quarter of a minute on two cores.</summary>
    public static QuickStartDefaults DrawnDigits { get; } = new([300, 300, 300], Iterations: 30, UnseenDigitIterations: 12);

    /// <summary>With <c>--data</c>: MNIST's 60,000 rows, three to four minutes of training on two cores.</summary>
    public static QuickStartDefaults Mnist { get; } = new([600, 600, 600], Iterations: 60, UnseenDigitIterations: 15);
}
