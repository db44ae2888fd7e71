using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

internal static class NetworkTrainer
{
    /// <exception cref="DivergenceException">The loss was not finite in the first iteration.</exception>
    public static TrainedNetwork Train(TrainingSet training, TrainingSet? validation, TrainingSettings settings, TrainedNetwork? previous, ITrainingMonitor monitor)
        => throw new NotImplementedException();
}
