using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Inference;

/// <summary>Steps of a training on random features, on the kernel path that VARIATIONALDROPOUT_KERNELS chooses.</summary>
internal abstract class StepProblem
{
    /// <summary>Minibatches that take turns.</summary>
    protected const int Minibatches = 8;

    /// <summary>Makes some steps.</summary>
    public abstract void Run(int steps);

    /// <param name="sizes">Features, units of the hidden layers, outputs: classes, or one target.</param>
    /// <param name="batch">Rows of a minibatch.</param>
    /// <param name="posterior">The posterior; one rate a layer for multiplicative noise.</param>
    /// <param name="team">Who works.</param>
    public static StepProblem Create(int[] sizes, int batch, WeightPosterior posterior, WorkerTeam team)
    {
        bool isClassification = sizes[^1] > 1;
        var settings = new TrainingSettings
        {
            Architecture = new NetworkArchitecture
            {
                InputSize = sizes[0],
                HiddenLayerSizes = sizes[1..^1],
                OutputSize = sizes[^1],
                Likelihood = isClassification ? Likelihood.Categorical : Likelihood.Gaussian,
                Posterior = posterior,
                Sharing = posterior == WeightPosterior.Gaussian ? DropoutVarianceSharing.Weight : DropoutVarianceSharing.Layer,
            },
            Prior = Combinations.DefaultPrior(posterior),
            Estimator = Combinations.DefaultEstimator(posterior),
            NumberOfThreads = team.Size,
        };
        var data = new TrainingSet(sizes[0]);
        var random = new CounterRandom(1, NoiseStream.Shuffle, 0);
        for (int row = 0; row < Minibatches * batch; row++)
        {
            foreach (ref float x in data.Add(isClassification ? row % sizes[^1] : row % 7, 1))
                x = (random.Next(2001) / 1000f) - 1;
        }

        data.Complete();
        return KernelPaths.Current switch
        {
            KernelPath.Avx512 => new OfLanes<Avx512Lanes>(settings, data, batch, team),
            KernelPath.Avx2 => new OfLanes<Avx2Lanes>(settings, data, batch, team),
            KernelPath.Portable => new OfLanes<PortableLanes>(settings, data, batch, team),
            _ => new OfLanes<SingleLane>(settings, data, batch, team),
        };
    }

    private sealed class OfLanes<TLanes> : StepProblem
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        private readonly TrainingPass<TLanes, float> _pass;
        private readonly AdamOptimizer<TLanes, float> _optimizer;
        private readonly TrainingSet _data;
        private readonly int[] _order;
        private uint _step;

        public OfLanes(TrainingSettings settings, TrainingSet data, int batch, WorkerTeam team)
        {
            _data = data;
            _pass = new TrainingPass<TLanes, float>(settings.CreateLayerSettings(), null, batch, team);
            _optimizer = new AdamOptimizer<TLanes, float>(settings.Beta1, settings.Beta2, settings.Epsilon);
            var start = NetworkInitializer.Create(settings);
            for (int l = 0; l < start.Count; l++)
                _pass.Layers[l].Load(start[l]);
            _order = [.. Enumerable.Range(0, data.RowCount)];
        }

        public override void Run(int steps)
        {
            int batch = _order.Length / Minibatches;
            for (int i = 0; i < steps; i++, _step++)
            {
                _optimizer.BeginStep(1e-4);
                double logLikelihood = _pass.Run(_data, _order.AsSpan((int)(_step % Minibatches) * batch, batch), null, new Objective(_order.Length, 1), 1, _step, _optimizer);
                if (!double.IsFinite(logLikelihood))
                    throw new InvalidOperationException("The training diverged.");
            }
        }
    }
}
