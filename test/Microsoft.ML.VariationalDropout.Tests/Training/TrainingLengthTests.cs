using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>What the trainer chooses where options leave it out.</summary>
[TestClass]
public sealed class TrainingLengthTests
{
    [TestMethod]
    [DataRow(1L, 32, 2000)]
    [DataRow(300L, 32, 2000)]
    [DataRow(1000L, 32, 625)]
    [DataRow(4096L, 64, 313)]
    [DataRow(6000L, 64, 213)]
    [DataRow(32767L, 256, 157)]
    [DataRow(32768L, 512, 313)]
    [DataRow(300_000L, 512, 35)]
    [DataRow((long)int.MaxValue, 512, 5)]
    public void Minibatches_and_passes_follow_the_rows(long rows, int batchSize, int iterations)
    {
        var options = new VariationalDropoutBinaryTrainer.Options();
        Assert.AreEqual(batchSize, TrainingLength.BatchSize(options, rows));
        Assert.AreEqual(iterations, TrainingLength.Iterations(options, rows));
    }

    [TestMethod]
    public void What_is_given_is_kept_and_passes_follow_a_given_minibatch()
    {
        var options = new VariationalDropoutBinaryTrainer.Options { BatchSize = 1000 };
        Assert.AreEqual(1000, TrainingLength.BatchSize(options, 100_000));
        Assert.AreEqual(200, TrainingLength.Iterations(options, 100_000));
        options.NumberOfIterations = 7;
        Assert.AreEqual(7, TrainingLength.Iterations(options, 100_000));
    }

    [TestMethod]
    public void The_divergence_comes_in_over_half_of_a_regression_that_begins_anew_and_at_most_200_passes()
    {
        var regression = new VariationalDropoutRegressionTrainer.Options();
        Assert.AreEqual(17, TrainingLength.WarmUp(regression, 300_000, continues: false));
        Assert.AreEqual(106, TrainingLength.WarmUp(regression, 6000, continues: false));
        Assert.AreEqual(200, TrainingLength.WarmUp(regression, 300, continues: false));
        Assert.AreEqual(0, TrainingLength.WarmUp(regression, 300, continues: true));
        regression.NumberOfIterations = 1;
        Assert.AreEqual(0, TrainingLength.WarmUp(regression, 300, continues: false));
        regression.KullbackLeiblerWarmUpIterations = 7;
        Assert.AreEqual(7, TrainingLength.WarmUp(regression, 300, continues: true));
        Assert.AreEqual(0, TrainingLength.WarmUp(new VariationalDropoutRegressionTrainer.Options { Posterior = WeightPosterior.CorrelatedWeightNoise }, 300, continues: false));
        Assert.AreEqual(0, TrainingLength.WarmUp(new VariationalDropoutBinaryTrainer.Options(), 300, continues: false));
    }

    [TestMethod]
    public void What_is_left_out_reaches_the_training()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(60));
        CollectionAssert.AreEqual(Weights(null), Weights(3));
        CollectionAssert.AreNotEqual(Weights(null), Weights(0));

        float[] Weights(int? warmUp)
        {
            var options = new VariationalDropoutRegressionTrainer.Options { LabelColumnName = "Height", HiddenLayerSizes = [8], NumberOfIterations = 6, Seed = 1, KullbackLeiblerWarmUpIterations = warmUp };
            return context.Regression.Trainers.VariationalDropout(options).Fit(data).Model.GetWeights(0).ToArray();
        }
    }

    [TestMethod]
    public void An_untuned_training_makes_as_many_passes_as_its_rows_ask_for()
    {
        var context = new MLContext(1);
        int total = 0;
        var options = new VariationalDropoutRegressionTrainer.Options { LabelColumnName = "Height", HiddenLayerSizes = [], Progress = new FirstReport(report => total = report.NumberOfIterations) };
        var model = context.Regression.Trainers.VariationalDropout(options).Fit(TestData.Load(context, TestData.Rows(1000))).Model;
        Assert.AreEqual(625, total);
        Assert.AreEqual(625, model.Iterations);
    }

    [TestMethod]
    public void The_prior_that_fits_depends_on_posterior_and_task()
    {
        var classes = new VariationalDropoutMulticlassTrainer.Options();
        var numbers = new VariationalDropoutRegressionTrainer.Options();
        Assert.AreEqual(WeightPrior.LogUniform, classes.ResolvedPrior);
        Assert.AreEqual(1, classes.KullbackLeiblerScale);
        Assert.AreEqual(WeightPrior.Gaussian, numbers.ResolvedPrior);
        Assert.AreEqual(0.5, numbers.KullbackLeiblerScale);
        foreach (WeightPosterior posterior in Enum.GetValues<WeightPosterior>().Where(posterior => posterior != WeightPosterior.Gaussian))
        {
            (classes.Posterior, numbers.Posterior) = (posterior, posterior);
            Assert.AreEqual(classes.ResolvedPrior, numbers.ResolvedPrior);
        }
    }

    /// <summary>Without one scale for all features the divergence would outweigh the rows, and the prediction be the same for all.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void The_posterior_that_is_left_out_suits_sparse_rows_and_they_are_learned(bool isLeftOut)
    {
        const int Slots = 20_000, Rows = 300;
        var context = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(Words));
        schema[nameof(Words.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Slots);
        Words[] words = [.. Enumerable.Range(0, 2 * Rows).Select(row => new Words
        {
            Label = row % 2 == 0,
            Number = row % 2,
            Features = new VBuffer<float>(Slots, 3, [1, 1, 1], [row % 2, 2 + (row * 31 % 50), 100 + (row * 7919 % 19_000)]),
        })];
        IDataView training = context.Data.LoadFromEnumerable(words[..Rows], schema);
        var options = new VariationalDropoutBinaryTrainer.Options { HiddenLayerSizes = [4], NumberOfIterations = 40, LearningRate = 0.01 };
        var numbers = new VariationalDropoutRegressionTrainer.Options { LabelColumnName = nameof(Words.Number), HiddenLayerSizes = [4], NumberOfIterations = 1 };
        if (!isLeftOut)
            (options.Prior, numbers.Prior) = (WeightPrior.ArdEmpiricalBayes, WeightPrior.ArdEmpiricalBayes);
        var transformer = context.BinaryClassification.Trainers.VariationalDropout(options).Fit(training);
        Assert.AreEqual(WeightPosterior.Gaussian, transformer.Model.Network.Architecture.Posterior);
        Assert.AreEqual(isLeftOut, transformer.Model.Network.Scaling is not null);
        var regression = context.Regression.Trainers.VariationalDropout(numbers).Fit(training);
        Assert.AreEqual(isLeftOut ? WeightPosterior.CorrelatedWeightNoise : WeightPosterior.Gaussian, regression.Model.Network.Architecture.Posterior);
        if (isLeftOut)
            Assert.IsGreaterThan(0.99, context.BinaryClassification.Evaluate(transformer.Transform(context.Data.LoadFromEnumerable(words[Rows..], schema))).AreaUnderRocCurve);
    }

    private sealed class Words
    {
        public bool Label { get; set; }

        public float Number { get; set; }

        public VBuffer<float> Features { get; set; }
    }

    private sealed class FirstReport(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
