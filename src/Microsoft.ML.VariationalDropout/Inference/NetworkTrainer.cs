using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Trains a network: the entry for everything above the core.</summary>
internal static class NetworkTrainer
{
    /// <param name="training">Rows with labels that fit the likelihood: class indices from 0, 0 or 1, or targets.</param>
    /// <param name="validation">Rows to watch, or null: then <see cref="TrainingSettings.ValidationSetFraction"/> of the rows are kept aside.</param>
    /// <param name="settings">Validated settings.</param>
    /// <param name="previous">A network of the same architecture to go on from, with its standardisation; or null.</param>
    /// <param name="monitor">Is told of every pass, and may cancel.</param>
    /// <param name="checkpoints">Keeps the state of the training, and may have one to go on from; null for none.</param>
    /// <exception cref="DivergenceException">The loss was not finite in the first iteration.</exception>
    /// <exception cref="OneClassException">Several classes, but only one among the rows that were not kept aside.</exception>
    /// <exception cref="ConstantTargetException">A target has one value only among the rows to train on.</exception>
    /// <exception cref="OperationCanceledException">The monitor cancelled.</exception>
    public static TrainedNetwork Train(TrainingSet training, TrainingSet? validation, TrainingSettings settings, TrainedNetwork? previous, ITrainingMonitor monitor, ICheckpointStore? checkpoints = null)
        => Train(training, validation, settings, previous, monitor, KernelPaths.Current, checkpoints);

    internal static TrainedNetwork Train(TrainingSet training, TrainingSet? validation, TrainingSettings settings, TrainedNetwork? previous, ITrainingMonitor monitor, KernelPath path, ICheckpointStore? checkpoints = null)
    {
        using var team = new WorkerTeam(settings.NumberOfThreads);
        return path switch
        {
            KernelPath.Avx512 => Train<Avx512Lanes>(),
            KernelPath.Avx2 => Train<Avx2Lanes>(),
            KernelPath.Portable => Train<PortableLanes>(),
            _ => Train<SingleLane>(),
        };

        TrainedNetwork Train<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes, float>
            => new TrainingLoop<TLanes>(training, validation, settings, previous, monitor, path, team).Run(checkpoints);
    }
}
