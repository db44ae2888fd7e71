using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Transforms;
using QuickStart;
using QuickStart.Evaluation;
using QuickStart.Output;
using Samples;

return await QuickStartCommand.RunAsync(args, Run);

// Returns what writes the results: Ctrl+C may end everything before that, and nothing after.
static Action Run(QuickStartSettings settings, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    OutputFolder output = OutputFolder.Open(settings.OutputFolder);
    var mlContext = new MLContext(settings.Seed);
    WarningLines.Show(mlContext);

    // 1. Get the data: rows with the pixels of an image ("Features") and the digit that it shows ("Digit").
    DigitData data = settings.DataFolder is string folder
        ? DigitData.Load(folder)
        : DigitData.Draw(QuickStartDefaults.DrawnTrainRows, QuickStartDefaults.DrawnTestRows, settings.Seed);
    IDataView train = mlContext.Data.LoadFromEnumerable(data.Train);
    IDataView test = mlContext.Data.LoadFromEnumerable(data.Test);
    Console.WriteLine($"{data.Train.Count} training and {data.Test.Count} test rows: {data.Source}");
    cancellation.ThrowIfCancellationRequested();

    // 2. Describe the pipeline (CreatePipeline, below), and 3. train it.
    TrainingRun<TransformerChain<KeyToValueMappingTransformer>> training = TrainingDisplay.Run(
        "Training on all ten digits",
        progress => CreatePipeline(mlContext, settings, settings.Iterations, progress, cancellation).Fit(train));
    VariationalDropoutMulticlassModelParameters network = training.Model.FindClassifier().Model;

    // 4. Predict: with the mean of the weights (fast), and with the average over many draws of the network (knows when it is unsure).
    TestFigures mean = TestFigures.Measure(mlContext, training.Model, test);
    cancellation.ThrowIfCancellationRequested();
    TestFigures sampling = TestFigures.Measure(mlContext, training.Model.WithSampling(settings.Samples, settings.Seed), test);
    ResultTables.ShowTestFigures(mean, sampling, settings.Samples);
    ResultTables.ShowDropoutRates(network);
    cancellation.ThrowIfCancellationRequested();

    // 5. Does it know what it does not know? A second model never sees a 9: its entropy should be higher on 9s than on other digits.
    IDataView trainWithoutUnseen = mlContext.Data.LoadFromEnumerable(data.TrainWithoutUnseen);
    TrainingRun<TransformerChain<KeyToValueMappingTransformer>> unseenTraining = TrainingDisplay.Run(
        $"Training without the digit {DigitData.UnseenDigit}",
        progress => CreatePipeline(mlContext, settings, settings.UnseenDigitIterations, progress, cancellation).Fit(trainWithoutUnseen));
    UnseenDigitFigures unseen = UnseenDigitFigures.Measure(mlContext, unseenTraining.Model.WithSampling(settings.Samples, settings.Seed), test);
    ResultTables.ShowUnseenDigit(unseen);
    cancellation.ThrowIfCancellationRequested();

    return () =>
    {
        // 6. Save the model, which mlContext.Model.Load reads in any program that references the package, and a picture of it all.
        string modelFile = output.Write("model.zip", stream => mlContext.Model.Save(training.Model, train.Schema, stream));
        string reportFile = output.Write("report.png", stream => PngReport.Write(stream, data.Source, training, network, sampling));
        Console.WriteLine($"Wrote {modelFile} and {reportFile}.");

        var figures = new QuickStartFigures
        {
            Data = data.Source,
            TrainRows = data.Train.Count,
            TestRows = data.Test.Count,
            HiddenLayerSizes = settings.HiddenLayerSizes,
            Iterations = settings.Iterations,
            UnseenDigitIterations = settings.UnseenDigitIterations,
            Samples = settings.Samples,
            Seed = settings.Seed,
            TestErrorMean = mean.Error,
            TestErrorSampling = sampling.Error,
            LogLossMean = mean.LogLoss,
            LogLossSampling = sampling.LogLoss,
            EceMean = mean.CalibrationError,
            EceSampling = sampling.CalibrationError,
            OodAuroc = unseen.EntropyAuroc,
            OodAurocMutualInformation = unseen.MutualInformationAuroc,
            DropoutRates = [.. network.MeanDropoutRates],
            EvidenceLowerBound = network.EvidenceLowerBound,
            TrainSeconds = training.Seconds,
            OodTrainSeconds = unseenTraining.Seconds,
            TotalSeconds = watch.Elapsed.TotalSeconds,
        };
        ResultTables.ShowSeconds(figures);
        if (settings.Json)
            Console.WriteLine(figures.ToJson());
    };
}

static EstimatorChain<KeyToValueMappingTransformer> CreatePipeline(
    MLContext mlContext, QuickStartSettings settings, int iterations, IProgress<TrainingProgress> progress, CancellationToken cancellation)
{
    var options = new VariationalDropoutMulticlassTrainer.Options
    {
        HiddenLayerSizes = [.. settings.HiddenLayerSizes],
        // As in the paper: noise on the units, one rate for each. The defaults, a rate for every weight, are for tables.
        Activation = Activation.Relu,
        Posterior = WeightPosterior.CorrelatedWeightNoise,
        BatchSize = 128,
        LearningRate = 1e-3,
        NumberOfIterations = iterations,
        // Pixels share one scale already, and rare pixels at the border would be blown up by their small deviation.
        StandardizeFeatures = false,
        ValidationSetFraction = 0.05,
        Seed = settings.Seed,
        Progress = progress,
        CancellationToken = cancellation,
    };

    return mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(DigitImage.Digit), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
        .Append(mlContext.MulticlassClassification.Trainers.VariationalDropout(options))
        .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(ScoredDigit.PredictedDigit), "PredictedLabel"));
}
