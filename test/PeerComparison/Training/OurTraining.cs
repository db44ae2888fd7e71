using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>This library: the pass and the optimiser that its training loop calls.</summary>
internal static class OurTraining
{
    /// <param name="problem">What is trained.</param>
    /// <param name="threads">Threads that work.</param>
    /// <param name="isExact">Variances of large layers in single precision too, and not as 16-bit integers: no trainer does that.</param>
    public static ITraining Create(TrainingProblem problem, int threads, bool isExact = false) => Create(problem, threads, KernelPaths.Current, isExact);

    public static ITraining Create(TrainingProblem problem, int threads, KernelPath path, bool isExact = false) => path switch
    {
        KernelPath.Avx512 => new Steps<Avx512Lanes>(problem, threads, isExact),
        KernelPath.Avx2 => new Steps<Avx2Lanes>(problem, threads, isExact),
        KernelPath.Portable => new Steps<PortableLanes>(problem, threads, isExact),
        _ => new Steps<SingleLane>(problem, threads, isExact),
    };

    private sealed class Steps<TLanes> : ITraining
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        private readonly TrainingProblem _problem;
        private readonly WorkerTeam _team;
        private readonly TrainingPass<TLanes, float> _pass;
        private readonly AdamOptimizer<TLanes, float> _optimizer;
        private readonly Objective _objective;
        private uint _step;

        public Steps(TrainingProblem problem, int threads, bool isExact)
        {
            _problem = problem;
            _team = new WorkerTeam(threads);
            TrainingSettings settings = problem.Settings;
            LayerSettings layers = settings.CreateLayerSettings();
            if (isExact)
                layers = layers with { SmallestRoundedLayer = int.MaxValue };
            _pass = new TrainingPass<TLanes, float>(layers, problem.IsRegression ? TargetScaling.Identity(1) : null, problem.BatchSize, _team);
            _optimizer = new AdamOptimizer<TLanes, float>(settings.Beta1, settings.Beta2, settings.Epsilon);
            for (int l = 0; l < problem.Layers; l++)
                _pass.Layers[l].Load(problem.Start[l]);
            _objective = new Objective(problem.Rows, 1);
        }

        public void Step() => Run();

        public double StepAndGetLoss()
        {
            double divergence = _pass.KullbackLeibler() / _problem.Rows;
            return divergence - (Run() / _problem.BatchSize);
        }

        public IReadOnlyList<TrainedLayer> Save() => [.. _pass.Layers.Select(layer => layer.Save(parameter => parameter.Values))];

        public void Dispose() => _team.Dispose();

        private double Run()
        {
            _optimizer.BeginStep(TrainingProblem.LearningRate);
            double logLikelihood = _pass.Run(_problem.Data, _problem.Minibatch(_step), null, _objective, _problem.Settings.Seed, _step, _optimizer);
            _step++;
            return double.IsFinite(logLikelihood) ? logLikelihood : throw new InvalidOperationException($"The loss of {_problem} is not finite.");
        }
    }
}
