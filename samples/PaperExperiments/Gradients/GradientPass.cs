using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace PaperExperiments.Gradients;

/// <summary>The weights of a layer in a training pass.</summary>
/// <param name="Parameter">θ, as the core lays it out, with padding.</param>
/// <param name="Inputs">Inputs of the layer.</param>
/// <param name="Outputs">Outputs of the layer.</param>
/// <param name="IndexOf">Where the weight of an input and an output is in it.</param>
internal sealed record LayerWeights(Parameter<float> Parameter, int Inputs, int Outputs, Func<int, int, nint> IndexOf)
{
    /// <summary>Row-major numbers, [Inputs × Outputs], in the core's order.</summary>
    public float[] FromRowMajor(ReadOnlySpan<float> values)
    {
        float[] result = new float[Parameter.Values.Length];
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                result[IndexOf(i, j)] = values[(i * Outputs) + j];
        }

        return result;
    }
}

/// <summary>
/// A training pass of the library's core with a given estimator, on the kernel path of this process. The experiments on gradients look into the core,
/// since no trainer hands gradients out.
/// </summary>
internal abstract class GradientPass
{
    /// <summary>The layers' weights, from the input on: what <see cref="GradientMoments"/> can watch.</summary>
    public abstract IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Hands the gradients of a minibatch's loss (a mean over its rows, and KL / N) to <paramref name="consumer"/>.</summary>
    /// <returns>Σ log p(y | x) of the minibatch, in nats.</returns>
    public abstract double Run(TrainingSet data, ReadOnlySpan<int> rows, uint seed, uint step, GradientConsumer<float> consumer);

    /// <summary>A step of Adam with its usual rates.</summary>
    /// <returns>Σ log p(y | x) of the minibatch, in nats.</returns>
    public abstract double Train(TrainingSet data, ReadOnlySpan<int> rows, uint seed, uint step);

    /// <summary>A copy of the parameters.</summary>
    public abstract IReadOnlyList<TrainedLayer> Save();

    /// <param name="architecture">The network.</param>
    /// <param name="estimator">How its noise is drawn; <see cref="GradientEstimator.None"/> for none, whatever the posterior.</param>
    /// <param name="layers">Its parameters.</param>
    /// <param name="batchSize">Rows of the largest minibatch.</param>
    /// <param name="team">Who works.</param>
    public static GradientPass Create(NetworkArchitecture architecture, GradientEstimator estimator, IReadOnlyList<TrainedLayer> layers, int batchSize, WorkerTeam team)
        => KernelPaths.Current switch
        {
            KernelPath.Avx512 => new OfLanes<Avx512Lanes>(architecture, estimator, layers, batchSize, team),
            KernelPath.Avx2 => new OfLanes<Avx2Lanes>(architecture, estimator, layers, batchSize, team),
            KernelPath.Portable => new OfLanes<PortableLanes>(architecture, estimator, layers, batchSize, team),
            _ => new OfLanes<SingleLane>(architecture, estimator, layers, batchSize, team),
        };

    private sealed class OfLanes<TLanes> : GradientPass
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        private readonly TrainingPass<TLanes, float> _pass;
        private readonly AdamOptimizer<TLanes, float> _optimizer;
        private readonly TrainingSettings _settings;

        public OfLanes(NetworkArchitecture architecture, GradientEstimator estimator, IReadOnlyList<TrainedLayer> layers, int batchSize, WorkerTeam team)
        {
            _settings = new TrainingSettings { Architecture = architecture, Estimator = estimator, Prior = Combinations.DefaultPrior(architecture.Posterior) };
            _pass = new TrainingPass<TLanes, float>(_settings.CreateLayerSettings(), null, batchSize, team);
            _optimizer = new AdamOptimizer<TLanes, float>(_settings.Beta1, _settings.Beta2, _settings.Epsilon);
            for (int l = 0; l < layers.Count; l++)
                _pass.Layers[l].Load(layers[l]);
        }

        public override IReadOnlyList<LayerWeights> Layers
            => [.. _pass.Layers.Select(layer => new LayerWeights(layer.Weights, layer.Inputs, layer.Outputs, layer.BlockedIndex))];

        public override double Run(TrainingSet data, ReadOnlySpan<int> rows, uint seed, uint step, GradientConsumer<float> consumer)
            => _pass.Run(data, rows, null, new Objective(data.RowCount, 1), seed, step, consumer);

        public override double Train(TrainingSet data, ReadOnlySpan<int> rows, uint seed, uint step)
        {
            _optimizer.BeginStep(_settings.LearningRate);
            double logLikelihood = Run(data, rows, seed, step, _optimizer);
            return double.IsFinite(logLikelihood) ? logLikelihood : throw new InvalidOperationException($"The training diverged in step {step}.");
        }

        public override IReadOnlyList<TrainedLayer> Save() => [.. _pass.Layers.Select(layer => layer.Save(parameter => parameter.Values))];
    }
}
