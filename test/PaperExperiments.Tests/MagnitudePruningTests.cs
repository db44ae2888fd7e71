using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using PaperExperiments.Sparsify;
using Samples;

namespace PaperExperiments.Tests;

[TestClass]
public sealed class MagnitudePruningTests
{
    /// <summary>Otherwise the rival of sparse variational dropout would have fewer weights than the table says.</summary>
    [TestMethod]
    public void As_many_weights_are_left_as_asked_for_although_units_take_theirs_with_them()
    {
        const double Compression = 100;
        VariationalDropoutMulticlassPredictionTransformer model = Train();

        double asked = SparsifyRunResult.PruneByMagnitude(model, Compression).Model.Compression, byShare = model.PruneByMagnitude(1 - (1 / Compression)).Model.Compression;

        Assert.IsInRange(0.97 * Compression, Compression, asked);
        Assert.IsGreaterThan(1.05 * Compression, byShare, "Nothing went with units: this test shows nothing.");
    }

    [TestMethod]
    public void Nothing_is_searched_for_where_units_take_nothing()
    {
        VariationalDropoutMulticlassPredictionTransformer model = Train();

        Assert.AreEqual(model.PruneByMagnitude(0.5).Model.Compression, SparsifyRunResult.PruneByMagnitude(model, 2).Model.Compression);
    }

    private static VariationalDropoutMulticlassPredictionTransformer Train()
    {
        var mlContext = new MLContext(1);
        IDataView rows = mlContext.Data.LoadFromEnumerable(new DigitPainter(1).PaintMany(500));
        return mlContext.MulticlassClassification.Trainers.VariationalDropout(new VariationalDropoutMulticlassTrainer.Options
        {
            HiddenLayerSizes = [100, 50],
            Posterior = WeightPosterior.None,
            NumberOfIterations = 20,
            Seed = 1,
        }).Fit(mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(DigitImage.Digit)).Fit(rows).Transform(rows));
    }
}
