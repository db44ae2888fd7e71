using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;
using PaperExperiments.Variance;
using Samples;

namespace PaperExperiments.Tests.Variance;

[TestClass]
public sealed class VarianceMeasurementTests
{
    private static readonly NetworkArchitecture Architecture = DigitRows.Architecture([20, 18], WeightPosterior.IndependentWeightNoise);

    private static readonly TrainingSet Data = DigitRows.ToTrainingSet(new DigitPainter(1).PaintMany(120));

    private static readonly IReadOnlyList<TrainedLayer> Layers = NetworkInitializer.Create(new TrainingSettings { Architecture = Architecture });

    [TestMethod]
    public void Figures_do_not_depend_on_the_threads()
    {
        IReadOnlyList<EstimatorMoments> one = Measure(batchSize: 32, draws: 5, threads: 1), two = Measure(batchSize: 32, draws: 5, threads: 2);
        for (int i = 0; i < one.Count; i++)
        {
            Assert.AreEqual(one[i].Estimator, two[i].Estimator);
            Assert.AreEqual(one[i].Top.MeanVariance, two[i].Top.MeanVariance);
            Assert.AreEqual(one[i].Bottom.MeanVariance, two[i].Bottom.MeanVariance);
        }
    }

    /// <summary>All rows make the same gradient in every draw, up to the order of the sums: what is left is the noise.</summary>
    [TestMethod]
    public void Without_noise_and_with_all_rows_there_is_no_variance()
    {
        IReadOnlyList<EstimatorMoments> moments = Measure(batchSize: 120, draws: 6, threads: 1);
        foreach (bool isTop in new[] { true, false })
            Assert.IsLessThan(1e-8 * Of(moments, GradientEstimator.LocalReparameterization, isTop), Of(moments, GradientEstimator.None, isTop));
    }

    /// <summary>Noise of its own for each row averages out over a minibatch; one draw for all rows does not.</summary>
    [TestMethod]
    public void Four_times_the_rows_leave_a_quarter_of_the_variance_unless_the_rows_share_a_draw()
    {
        IReadOnlyList<EstimatorMoments> few = Measure(batchSize: 30, draws: 400, threads: 2), many = Measure(batchSize: 120, draws: 400, threads: 2);
        foreach (bool isTop in new[] { true, false })
        {
            foreach (GradientEstimator estimator in new[] { GradientEstimator.LocalReparameterization, GradientEstimator.SeparateWeightSamples })
                Assert.IsInRange(3.0, 6.0, Of(few, estimator, isTop) / Of(many, estimator, isTop), $"{estimator}");
            double shared = Of(few, GradientEstimator.SharedWeightSample, isTop) / Of(many, GradientEstimator.SharedWeightSample, isTop);
            Assert.IsInRange(0.8, 2.5, shared);
        }
    }

    [TestMethod]
    public void Variances_rank_as_in_the_paper()
    {
        IReadOnlyList<EstimatorMoments> moments = Measure(batchSize: 60, draws: 300, threads: 2);
        foreach (bool isTop in new[] { true, false })
        {
            double local = Of(moments, GradientEstimator.LocalReparameterization, isTop), separate = Of(moments, GradientEstimator.SeparateWeightSamples, isTop);
            Assert.IsGreaterThan(Of(moments, GradientEstimator.None, isTop), local);
            Assert.IsGreaterThan(local, separate);
            Assert.IsGreaterThan(separate, Of(moments, GradientEstimator.SharedWeightSample, isTop));
        }
    }

    private static double Of(IReadOnlyList<EstimatorMoments> moments, GradientEstimator estimator, bool isTop)
        => moments.Single(one => one.Estimator == estimator).Of(isTop).MeanVariance;

    private static IReadOnlyList<EstimatorMoments> Measure(int batchSize, int draws, int threads)
    {
        using var team = new WorkerTeam(threads);
        return VarianceMeasurement.Run(Architecture, Layers, Data, batchSize, draws, seed: 2, team, _ => { }, CancellationToken.None);
    }
}
