using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;

namespace PaperExperiments.Variance;

/// <summary>Parameters on the way: after <paramref name="Epoch"/> epochs the posterior mean errs on the share <paramref name="TestError"/> of the test rows.</summary>
internal sealed record Stage(int Epoch, double TestError, IReadOnlyList<TrainedLayer> Layers);

/// <summary>
/// Trains with local reparameterization and Adam and keeps, for each test error that is asked for, the parameters of the epoch that came closest. The test
/// rows choose where the variance is looked at, as in the paper; no error is a result here.
/// </summary>
internal static class StagedTraining
{
    /// <param name="architecture">The network.</param>
    /// <param name="train">Rows to train on.</param>
    /// <param name="test">Rows of which the error is watched.</param>
    /// <param name="batchSize">Rows of a minibatch.</param>
    /// <param name="epochs">Epochs at most: training ends when the smallest of <paramref name="targets"/> is reached.</param>
    /// <param name="targets">Test errors to stop by at, as shares, the largest first.</param>
    /// <param name="seed">Of start values, order and noise.</param>
    /// <param name="team">Who works.</param>
    /// <param name="report">Told of the epoch and its test error.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static IReadOnlyList<Stage> Run(
        NetworkArchitecture architecture,
        TrainingSet train,
        TrainingSet test,
        int batchSize,
        int epochs,
        IReadOnlyList<double> targets,
        uint seed,
        WorkerTeam team,
        Action<int, double> report,
        CancellationToken cancellation)
    {
        IReadOnlyList<TrainedLayer> start = NetworkInitializer.Create(new TrainingSettings { Architecture = architecture, Seed = seed });
        GradientPass pass = GradientPass.Create(architecture, GradientEstimator.LocalReparameterization, start, batchSize, team);
        var order = new RowOrder(train, RowSplit.None(train.RowCount), seed, shuffle: true);
        var error = new TestError(architecture, test, team);
        var stages = new Stage?[targets.Count];
        uint step = 0;
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            foreach (ReadOnlyMemory<int> rows in order.Minibatches(epoch, batchSize))
            {
                cancellation.ThrowIfCancellationRequested();
                pass.Train(train, rows.Span, seed, step++);
            }

            IReadOnlyList<TrainedLayer> layers = pass.Save();
            double now = error.Of(layers);
            report(epoch, now);
            for (int i = 0; i < stages.Length; i++)
            {
                if (stages[i] is not { } kept || Math.Abs(now - targets[i]) < Math.Abs(kept.TestError - targets[i]))
                    stages[i] = new Stage(epoch, now, layers);
            }

            if (now <= targets[^1])
                break;
        }

        return [.. stages.Select(stage => stage!)];
    }
}
