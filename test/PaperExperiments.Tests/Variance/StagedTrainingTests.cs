using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;
using PaperExperiments.Variance;
using Samples;

namespace PaperExperiments.Tests.Variance;

[TestClass]
public sealed class StagedTrainingTests
{
    private static readonly NetworkArchitecture Architecture = DigitRows.Architecture([24], WeightPosterior.IndependentWeightNoise);

    private static readonly TrainingSet Train = DigitRows.ToTrainingSet(new DigitPainter(1).PaintMany(600));

    private static readonly TrainingSet Test = DigitRows.ToTrainingSet(new DigitPainter(2).PaintMany(300));

    [TestMethod]
    public void Parameters_are_those_of_the_epoch_whose_error_came_closest()
    {
        using var team = new WorkerTeam(2);
        var errors = new List<double>();
        double[] targets = [0.4, 0];
        IReadOnlyList<Stage> stages = Run(8, targets, team, errors);

        Assert.HasCount(8, errors);
        Assert.HasCount(2, stages);
        for (int i = 0; i < targets.Length; i++)
        {
            double closest = errors.Min(error => Math.Abs(error - targets[i]));
            Assert.AreEqual(closest, Math.Abs(stages[i].TestError - targets[i]));
            Assert.AreEqual(errors[stages[i].Epoch - 1], stages[i].TestError);
            Assert.AreEqual(stages[i].TestError, new TestError(Architecture, Test, team).Of(stages[i].Layers));
        }

        Assert.IsLessThan(stages[1].Epoch, stages[0].Epoch);
    }

    [TestMethod]
    public void Training_ends_when_the_last_error_is_reached()
    {
        using var team = new WorkerTeam(1);
        var errors = new List<double>();
        IReadOnlyList<Stage> stages = Run(50, [0.6, 0.3], team, errors);
        Assert.IsTrue(errors[^1] <= 0.3 && errors[..^1].TrueForAll(error => error > 0.3), string.Join(", ", errors));
        Assert.IsLessThan(50, stages[1].Epoch);
    }

    private static IReadOnlyList<Stage> Run(int epochs, double[] targets, WorkerTeam team, List<double> errors)
        => StagedTraining.Run(Architecture, Train, Test, 20, epochs, targets, seed: 1, team, (_, error) => errors.Add(error), CancellationToken.None);
}
