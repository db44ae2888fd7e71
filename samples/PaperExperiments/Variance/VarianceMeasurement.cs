using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;

namespace PaperExperiments.Variance;

/// <summary>The moments of one estimator's gradients in the lowest and the highest layer.</summary>
internal sealed record EstimatorMoments(GradientEstimator Estimator, EntryMoments Bottom, EntryMoments Top)
{
    public EntryMoments Of(bool isTop) => isTop ? Top : Bottom;
}

/// <summary>Gradients of all estimators at the same parameters, over the same fresh minibatches and with fresh noise in each.</summary>
internal static class VarianceMeasurement
{
    public static IReadOnlyList<GradientEstimator> Estimators { get; } =
        [GradientEstimator.LocalReparameterization, GradientEstimator.SeparateWeightSamples, GradientEstimator.SharedWeightSample, GradientEstimator.None];

    /// <param name="architecture">The network.</param>
    /// <param name="layers">Its parameters.</param>
    /// <param name="data">Rows to draw minibatches from.</param>
    /// <param name="batchSize">M.</param>
    /// <param name="draws">Minibatches of each estimator, 2 or more.</param>
    /// <param name="seed">Of minibatches and noise; not that of the training, whose noise has been learned from.</param>
    /// <param name="team">Who works.</param>
    /// <param name="drawEnded">Called after each minibatch of each estimator.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static IReadOnlyList<EstimatorMoments> Run(
        NetworkArchitecture architecture,
        IReadOnlyList<TrainedLayer> layers,
        TrainingSet data,
        int batchSize,
        int draws,
        uint seed,
        WorkerTeam team,
        Action<GradientEstimator> drawEnded,
        CancellationToken cancellation)
    {
        var minibatches = new MinibatchDraws(data.RowCount, batchSize, seed);
        var result = new List<EstimatorMoments>();
        foreach (GradientEstimator estimator in Estimators)
        {
            GradientPass pass = GradientPass.Create(architecture, estimator, layers, batchSize, team);
            var moments = new GradientMoments();
            result.Add(new(estimator, moments.Watch(pass.Layers[0]), moments.Watch(pass.Layers[^1])));
            for (int draw = 0; draw < draws; draw++)
            {
                cancellation.ThrowIfCancellationRequested();
                moments.BeginDraw();
                pass.Run(data, minibatches.Draw(draw), seed, (uint)draw, moments);
                moments.EndDraw();
                drawEnded(estimator);
            }
        }

        return result;
    }
}
