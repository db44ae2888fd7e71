using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>A network, its data and its start: what both sides of a comparison are given.</summary>
internal sealed class TrainingProblem
{
    public const double LearningRate = 1e-3;

    private readonly int[] _order;

    /// <param name="shape">Units from the inputs to the outputs; with one output it is a regression, with more there are as many classes.</param>
    /// <param name="noise">The noise on the weights.</param>
    /// <param name="batchSize">Rows of a minibatch.</param>
    /// <param name="leastRows">Rows of the data, rounded up to whole minibatches.</param>
    public TrainingProblem(int[] shape, WeightNoise noise, int batchSize, int leastRows = 16_000)
    {
        Shape = shape;
        Noise = noise;
        BatchSize = batchSize;
        Batches = (leastRows + batchSize - 1) / batchSize;
        Data = CreateData(shape, Rows);
        _order = [.. Enumerable.Range(0, Rows)];
        new Random(2).Shuffle(_order);
        Settings = CreateSettings();
        Start = NetworkInitializer.Create(Settings);
    }

    public int[] Shape { get; }

    public WeightNoise Noise { get; }

    public int BatchSize { get; }

    /// <summary>Minibatches in the data.</summary>
    public int Batches { get; }

    public int Rows => Batches * BatchSize;

    public int Layers => Shape.Length - 1;

    public bool IsRegression => Shape[^1] == 1;

    public TrainingSet Data { get; }

    public TrainingSettings Settings { get; }

    public IReadOnlyList<TrainedLayer> Start { get; }

    /// <summary>Floating-point operations of the matrix products of a step, two for a multiply-add; what else is computed is not counted.</summary>
    public double ProductOperations
    {
        get
        {
            int products = Noise == WeightNoise.Independent ? 2 : 1;
            double sum = 0;
            for (int l = 0; l < Layers; l++)
            {
                // Forward, weights' gradient, inputs' gradient; the last is not needed at the bottom unless the noise is on the inputs.
                int directions = l == 0 && Noise != WeightNoise.Correlated ? 2 : 3;
                sum += 2.0 * BatchSize * Shape[l] * Shape[l + 1] * products * directions;
            }

            return sum;
        }
    }

    /// <summary>Rows of minibatch <paramref name="step"/>, in a random order and the same ones again after <see cref="Batches"/>.</summary>
    public ReadOnlySpan<int> Minibatch(long step) => _order.AsSpan((int)(step % Batches) * BatchSize, BatchSize);

    /// <summary>Independent noise variables that share the α of a layer.</summary>
    public double NoiseTerms(int layer) => Noise == WeightNoise.Independent ? (double)Shape[layer] * Shape[layer + 1] : Shape[layer];

    public override string ToString() => string.Join('-', Shape);

    private TrainingSettings CreateSettings()
    {
        WeightPosterior posterior = Noise switch
        {
            WeightNoise.Independent => WeightPosterior.IndependentWeightNoise,
            WeightNoise.Correlated => WeightPosterior.CorrelatedWeightNoise,
            _ => WeightPosterior.None,
        };
        return new TrainingSettings
        {
            Architecture = new NetworkArchitecture
            {
                InputSize = Shape[0],
                HiddenLayerSizes = Shape[1..^1],
                OutputSize = Shape[^1],
                Likelihood = IsRegression ? Likelihood.Gaussian : Likelihood.Categorical,
                Posterior = posterior,
                Sharing = DropoutVarianceSharing.Layer,
            },
            BatchSize = BatchSize,
            LearningRate = LearningRate,

            // Off the bound, so that α moves both ways.
            InitialHiddenDropoutRate = 0.3,
            Estimator = Combinations.DefaultEstimator(posterior),
            Prior = Combinations.DefaultPrior(posterior),

            // A polynomial, which a user of another library can write down too.
            KullbackLeiblerForm = KullbackLeiblerForm.Polynomial,
            StandardizeFeatures = false,
        };
    }

    /// <summary>Normal features; the label is what a random linear map says, or with probability 0.3 chance, so that gradients do not vanish.</summary>
    private static TrainingSet CreateData(int[] shape, int rows)
    {
        var random = new Random(1);
        int features = shape[0], outputs = shape[^1];
        float[] map = [.. Enumerable.Range(0, features * outputs).Select(_ => (float)(Normal() / Math.Sqrt(features)))];
        var data = new TrainingSet(features);
        var row = new float[features];
        var scores = new double[outputs];
        for (int n = 0; n < rows; n++)
        {
            for (int i = 0; i < features; i++)
                row[i] = (float)Normal();
            for (int k = 0; k < outputs; k++)
            {
                scores[k] = 0;
                for (int i = 0; i < features; i++)
                    scores[k] += row[i] * map[(k * features) + i];
            }

            double label = outputs == 1
                ? scores[0] + (0.5 * Normal())
                : random.NextDouble() < 0.3 ? random.Next(outputs) : Array.IndexOf(scores, scores.Max());
            row.CopyTo(data.Add((float)label, 1));
        }

        data.Complete();
        return data;

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
