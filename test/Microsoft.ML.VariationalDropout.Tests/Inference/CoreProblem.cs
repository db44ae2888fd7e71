using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

/// <summary>Small generated problems and networks for the tests of the core.</summary>
internal static class CoreProblem
{
    /// <summary>The combinations of posterior and sharing that exist.</summary>
    public static IEnumerable<(WeightPosterior Posterior, DropoutVarianceSharing Sharing)> Noises()
    {
        yield return (WeightPosterior.CorrelatedWeightNoise, DropoutVarianceSharing.Layer);
        yield return (WeightPosterior.CorrelatedWeightNoise, DropoutVarianceSharing.InputUnit);
        foreach (var sharing in Enum.GetValues<DropoutVarianceSharing>())
            yield return (WeightPosterior.IndependentWeightNoise, sharing);
    }

    /// <summary>Classes around centres on a circle in the first two of the features; the others are noise. Weights differ from row to row.</summary>
    public static TrainingSet Create(int rows, int features, int classes, uint seed = 1, double spread = 0.5, bool weighted = true)
    {
        var random = new Random((int)seed);
        var result = new TrainingSet(features);
        for (int row = 0; row < rows; row++)
        {
            int label = row % classes;
            var destination = result.Add(label, weighted ? 0.5f + random.NextSingle() : 1);
            for (int i = 0; i < features; i++)
            {
                double centre = i == 0 ? Math.Cos(2 * Math.PI * label / classes) : i == 1 ? Math.Sin(2 * Math.PI * label / classes) : 0;
                destination[i] = (float)(centre + (spread * Normal(random)));
            }
        }

        return result;
    }

    public static NetworkArchitecture Architecture(
        int inputs = 5,
        int classes = 3,
        WeightPosterior posterior = WeightPosterior.CorrelatedWeightNoise,
        DropoutVarianceSharing sharing = DropoutVarianceSharing.InputUnit,
        Activation activation = Activation.Relu,
        int[]? hidden = null)
        => new() { InputSize = inputs, OutputSize = classes, HiddenLayerSizes = hidden ?? [7, 18], Posterior = posterior, Sharing = sharing, Activation = activation };

    /// <summary>Start values whose biases and dropout variances all differ.</summary>
    public static IReadOnlyList<TrainedLayer> StartValues(NetworkArchitecture architecture, uint seed = 3)
    {
        var layers = NetworkInitializer.Create(new TrainingSettings { Architecture = architecture, Seed = seed });
        var random = new Random(17);
        foreach (var layer in layers)
        {
            for (int j = 0; j < layer.Outputs; j++)
                layer.Biases[j] = (float)(0.2 * Normal(random));
            for (int n = 0; n < layer.LogDropoutVariances.Length; n++)
                layer.LogDropoutVariances[n] = (float)(-1.2 + (0.4 * Normal(random)));
        }

        return layers;
    }

    public static TrainingPass<TLanes, T> Pass<TLanes, T>(NetworkArchitecture architecture, int capacity, WorkerTeam team, KullbackLeiblerForm form = KullbackLeiblerForm.Exact)
        where TLanes : unmanaged, ILanes<TLanes, T>
        where T : unmanaged
    {
        var pass = new TrainingPass<TLanes, T>(architecture, form, capacity, isAveraged: false, (-20, 20), team);
        var start = StartValues(architecture);
        for (int l = 0; l < start.Count; l++)
            pass.Layers[l].Load(start[l]);
        return pass;
    }

    public static int[] AllRows(TrainingSet data) => Enumerable.Range(0, data.RowCount).ToArray();

    public static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static bool SameBits(TrainedNetwork first, TrainedNetwork second)
        => first.Layers.Zip(second.Layers).All(pair =>
            pair.First.Weights.AsSpan().SequenceEqual(pair.Second.Weights)
            && pair.First.Biases.AsSpan().SequenceEqual(pair.Second.Biases)
            && pair.First.LogDropoutVariances.AsSpan().SequenceEqual(pair.Second.LogDropoutVariances));
}

/// <summary>Keeps the gradients that a pass hands out, and changes nothing.</summary>
internal sealed unsafe class GradientRecorder<T> : GradientConsumer<T>
    where T : unmanaged
{
    private readonly Dictionary<Parameter<T>, T[]> _gradients = [];

    public T[] Of(Parameter<T> parameter)
    {
        lock (_gradients)
        {
            if (!_gradients.TryGetValue(parameter, out var gradient))
                _gradients[parameter] = gradient = new T[parameter.Values.Length];
            return gradient;
        }
    }

    public override void Accept(Parameter<T> parameter, nint offset, T* gradient, int count)
        => new ReadOnlySpan<T>(gradient, count).CopyTo(Of(parameter).AsSpan((int)offset));
}

/// <summary>Watches a training.</summary>
internal sealed class RecordingMonitor : ITrainingMonitor
{
    public List<IterationReport> Reports { get; } = [];

    public int Steps { get; private set; }

    public (int Iteration, int LastGood)? Divergence { get; private set; }

    public Action<int>? BeforeStep { get; init; }

    public void ThrowIfCancelled() => BeforeStep?.Invoke(Steps++);

    public void IterationEnded(IterationReport report) => Reports.Add(report);

    public void Diverged(int iteration, int lastGoodIteration) => Divergence = (iteration, lastGoodIteration);
}
