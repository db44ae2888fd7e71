using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;

namespace PaperExperiments.Tests.Gradients;

/// <summary>All estimators have the same expectation: their mean gradients over many draws agree within their standard errors.</summary>
[TestClass]
public sealed class GradientComparisonTests
{
    private const int Draws = 3000;

    /// <summary>For 672 entries whose differences are standard normal, chance does not go beyond this: 672 × P(|z| > 5) = 0.0004.</summary>
    private const double LargestByChance = 5;

    [TestMethod]
    [DataRow(GradientEstimator.SeparateWeightSamples)]
    [DataRow(GradientEstimator.SharedWeightSample)]
    public void Mean_gradient_is_that_of_local_reparameterization(GradientEstimator estimator)
    {
        using var team = new WorkerTeam(1);
        CheckEqual(new GradientComparison(Draws, seed: 5, team).Of(estimator));
    }

    [TestMethod]
    public void Mean_gradient_of_weights_in_memory_is_that_of_local_reparameterization()
    {
        using var team = new WorkerTeam(1);
        CheckEqual(new GradientComparison(Draws, seed: 5, team).OfMaterializedWeights());
    }

    /// <summary>The comparison sees a difference where there is one: without noise the gradient has another expectation.</summary>
    [TestMethod]
    public void Mean_gradient_without_noise_is_another()
    {
        using var team = new WorkerTeam(1);
        Assert.IsGreaterThan(5, new GradientComparison(Draws, seed: 5, team).Of(GradientEstimator.None).RootMeanSquare);
    }

    private static void CheckEqual(MeanDifference difference)
    {
        Assert.AreEqual((12 * 20) + (20 * 18) + (18 * 4), difference.Entries);

        // The entries depend on each other: their mean square varies more than that of 672 independent numbers.
        Assert.IsInRange(0.8, 1.2, difference.RootMeanSquare);
        Assert.IsLessThan(LargestByChance, difference.Largest);
    }
}
