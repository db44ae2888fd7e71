using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Gradients;
using PaperExperiments.Speed;
using Samples;

namespace PaperExperiments.Tests.Speed;

[TestClass]
public sealed class MaterializedWeightsTests
{
    /// <summary>The same noise, two ways of computing: the slow estimators are the same one.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Gradient_is_the_librarys_of_separate_weight_samples(int threads)
    {
        NetworkArchitecture architecture = DigitRows.Architecture([37, 300], WeightPosterior.IndependentWeightNoise);
        IReadOnlyList<TrainedLayer> layers = NetworkInitializer.Create(new TrainingSettings { Architecture = architecture });
        TrainingSet data = DigitRows.ToTrainingSet(new DigitPainter(1).PaintMany(40));
        int[] rows = [3, 17, 39, 0, 21];
        using var team = new WorkerTeam(threads);
        GradientPass pass = GradientPass.Create(architecture, GradientEstimator.SeparateWeightSamples, layers, rows.Length, team);
        var moments = new GradientMoments();
        EntryMoments[] library = [.. pass.Layers.Select(moments.Watch)];
        moments.BeginDraw();
        double expected = pass.Run(data, rows, seed: 4, step: 9, moments);
        moments.EndDraw();

        var written = new MaterializedWeights(layers, team);
        Assert.AreEqual(expected, written.Run(data, rows, seed: 4, step: 9), 1e-4 * Math.Abs(expected));
        for (int l = 0; l < library.Length; l++)
        {
            float[] gradient = pass.Layers[l].FromRowMajor(written.Gradient(l));
            float largest = gradient.Max(Math.Abs);
            Assert.IsGreaterThan(0, largest);
            for (int i = 0; i < gradient.Length; i++)
                Assert.AreEqual(library[l].Means[i], gradient[i], 1e-4 * largest);
        }
    }
}
