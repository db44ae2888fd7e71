using System.Diagnostics;
using Microsoft.ML;
using Pipeline;
using Pipeline.Data;
using Pipeline.Output;
using Pipeline.Steps;
using Samples;

return await PipelineCommand.RunAsync(args, Run);

// From a table to a model in production, step by step; LightGBM goes along, to compare with. Returns what writes the results.
static Action Run(PipelineSettings settings, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    OutputFolder output = OutputFolder.Open(settings.OutputFolder);
    var mlContext = new MLContext(settings.Seed);
    WarningLines.Show(mlContext);
    var report = new PipelineReport("Who earns more than 50,000 a year?");

    report.Step("load", "Load the table, and cut it in three parts");
    string dataFile = settings.DataFile ?? output.Write("census.csv", stream => CensusFile.Write(stream, GeneratedCensus.Draw(settings.Rows, settings.Seed, cancellation), labelled: true));
    IDataView rows = CensusFile.Load(mlContext, dataFile, labelled: true);
    CensusFile.CheckEnough(rows, dataFile);
    DataParts parts = DataParts.Split(mlContext, rows, settings.Seed);
    report.Add("training rows", DataParts.Count(parts.Train));
    report.Add("calibration rows", DataParts.Count(parts.Calibration));
    report.Add("test rows", DataParts.Count(parts.Test));
    cancellation.ThrowIfCancellationRequested();

    report.Step("featurize", "Make features: what is learned from data, such as means and categories, is learned from the training rows");
    ITransformer featurization = Featurization.Create(mlContext).Fit(parts.Train);
    IDataView train = featurization.Transform(parts.Train), test = featurization.Transform(parts.Test);
    report.Add("features", Featurization.Count(train));

    report.Step("train", "Train, with the defaults");
    var training = Training.VariationalDropout(mlContext, train, settings.Seed, cancellation);
    var lightGbm = Training.LightGbm(mlContext, train);
    report.Add("seconds", training.Seconds, lightGbm.Seconds);
    cancellation.ThrowIfCancellationRequested();

    report.Step("evaluate", "Evaluate on the test rows");
    // Predictions carry a variance through the network, in one pass: what the model does not know goes into its probabilities.
    var network = training.Model.WithMomentPropagation();
    IDataView scores = network.Transform(test), othersScores = lightGbm.Model.Transform(test);
    var trained = mlContext.BinaryClassification.EvaluateUncertainty(scores);
    var othersTrained = mlContext.BinaryClassification.EvaluateUncertainty(othersScores);
    report.Add("area under the ROC curve", mlContext.BinaryClassification.Evaluate(scores).AreaUnderRocCurve, mlContext.BinaryClassification.Evaluate(othersScores).AreaUnderRocCurve);
    report.Add("accuracy", trained.Accuracy, othersTrained.Accuracy);
    report.AddProbabilities(trained, othersTrained);

    report.Step("explain", "Explain: what the AUC loses when a column is shuffled, and what share of it the network's first layer lets through");
    IReadOnlyList<Explanation> explanations = Explanation.Explain(mlContext, training.Model, test);
    foreach (Explanation explanation in explanations)
        report.Add($"importance of {explanation.Column}", explanation.Importance);
    foreach (Explanation explanation in explanations)
        report.Add($"relevance of {explanation.Column}", explanation.Relevance);
    cancellation.ThrowIfCancellationRequested();

    report.Step("calibrate", "Calibrate the probabilities on the calibration rows");
    IDataView unseen = featurization.Transform(parts.Calibration);
    Calibration calibration = Calibration.Fit(mlContext, network.Transform(unseen)), othersCalibration = Calibration.Fit(mlContext, lightGbm.Model.Transform(unseen));
    var calibrated = mlContext.BinaryClassification.EvaluateUncertainty(calibration.Transform(scores), uncertaintyColumnName: "ScorePredictiveEntropy");
    var othersCalibrated = mlContext.BinaryClassification.EvaluateUncertainty(othersCalibration.Transform(othersScores));
    report.Add("temperature", calibration.Temperature.Temperature);
    report.AddProbabilities(calibrated, othersCalibrated);

    report.Step("sets", "Say which answers cannot be excluded: the right one is among them for 90 % of the rows");
    report.Add("share of sets that hold the label", calibrated.PredictionSetCoverage, othersCalibrated.PredictionSetCoverage);
    report.Add("answers in a set, on average", calibrated.MeanPredictionSetSize, othersCalibrated.MeanPredictionSetSize);

    report.Step("triage", "Let a human answer the 10 % of which the model is least certain");
    // The whole pipeline: the file's columns in; probability, doubt and the set of answers out.
    var model = featurization.Append(network).Append(calibration.Temperature).Append(calibration.PredictionSets);
    float threshold = Triage.Threshold(ScoredRow.Read(mlContext, model.Transform(parts.Calibration)));
    ScoredRow[] scored = ScoredRow.Read(mlContext, model.Transform(parts.Test));
    Triage triage = Triage.Of(scored, threshold);
    report.Add("accuracy of the 90 % most certain", 1 - calibrated.RejectionCurve.GetError(1 - Triage.ReferredShare), 1 - othersCalibrated.RejectionCurve.GetError(1 - Triage.ReferredShare));
    report.Add("entropy above which a human answers, nats", (double)threshold);
    report.Add("share of the rows that is answered", triage.Answered);
    report.Add("accuracy of these answers", triage.AnsweredAccuracy);
    report.Add("accuracy that the model would have on the others", triage.ReferredAccuracy);
    cancellation.ThrowIfCancellationRequested();

    report.Step("save", "Save the pipeline, and score the test rows, without their labels, in a new process");
    string modelFile = output.Write("model.zip", stream => mlContext.Model.Save(model, rows.Schema, stream));
    string testFile = output.Write("rows.csv", stream => CensusFile.Write(stream, mlContext.Data.CreateEnumerable<CensusRow>(parts.Test, reuseRowObject: false), labelled: false));
    IReadOnlyList<ScoredRow> reloaded = ScoringProcess.Run(modelFile, testFile, output.Locate("scores.csv"), cancellation);
    report.Add("largest difference of a probability", ScoredRow.LargestDifference(scored, reloaded));

    report.Step("export", "Export the pipeline as ONNX, and score the test rows on ONNX Runtime");
    string onnxFile = output.Locate("model.onnx");
    mlContext.Model.ExportToOnnx(model, parts.Test, onnxFile);
    IReadOnlyList<ScoredRow> onnx = ScoringProcess.Run(onnxFile, testFile, output.Locate("scores-onnx.csv"), cancellation);
    report.Add("largest difference of a probability", ScoredRow.LargestDifference(scored, onnx));

    return () =>
    {
        string picture = output.Write("pipeline.png", stream => stream.Write(PipelinePicture.Draw(trained, calibrated, othersCalibrated, explanations)));
        Console.WriteLine($"Wrote {modelFile}, {onnxFile} and {picture}.");
        if (settings.Json)
            Console.WriteLine(JsonResult.Write(report.Table, watch.Elapsed.TotalSeconds));
    };
}
