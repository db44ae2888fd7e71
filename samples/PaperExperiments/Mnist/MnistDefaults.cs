namespace PaperExperiments.Mnist;

/// <summary>What <c>mnist</c> uses when the command line does not say otherwise.</summary>
/// <param name="Units">Of each of the three hidden layers, one network each.</param>
/// <param name="Iterations">Passes over the training rows.</param>
/// <param name="IterationsOfFewUnits">The same for networks of up to 250 units a layer: they overfit less, and a pass of theirs is cheap.</param>
/// <param name="BatchSize">Rows of a minibatch.</param>
/// <param name="LearningRate">Adam's, at the start; it falls linearly to 0.</param>
/// <param name="WeightDecay">Of every method: what is learned of the noise does not limit the weights.</param>
/// <param name="ParameterAveraging">Whether the exponential average of the parameters is what predicts.</param>
/// <param name="Samples">Draws per row of the second column of errors.</param>
internal sealed record MnistDefaults(int[] Units, int Iterations, int IterationsOfFewUnits, int BatchSize, double LearningRate, double WeightDecay, bool ParameterAveraging, int Samples)
{
    public const int Seeds = 3;

    public const int HiddenLayers = 3;

    public static MnistDefaults Full { get; } = new([100, 250, 500, 750, 1000], Iterations: 100, IterationsOfFewUnits: 200, BatchSize: 256, LearningRate: 1e-3, WeightDecay: 0.2, ParameterAveraging: false, Samples: 50);

    public static MnistDefaults Quick { get; } = Full with { Units = [32], Iterations = 2, IterationsOfFewUnits = 2, Samples = 5 };

    private const int FewUnits = 250;

    public int IterationsOf(int units) => units <= FewUnits ? IterationsOfFewUnits : Iterations;
}
