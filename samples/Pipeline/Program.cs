using System.Diagnostics;
using Microsoft.ML;
using Pipeline;
using Pipeline.Data;
using Pipeline.Output;
using Pipeline.Steps;
using Samples;

return await PipelineCommand.RunAsync(args, Run);

// Returns what writes the results.
static Action Run(PipelineSettings settings, CancellationToken cancellation)
{
    var watch = Stopwatch.StartNew();
    OutputFolder output = OutputFolder.Open(settings.OutputFolder);
    var mlContext = new MLContext(settings.Seed);
    WarningLines.Show(mlContext);
    var report = new PipelineReport("Who earns more than 50,000 a year?");

    report.Step("load", "Load the table, and cut it in three parts");
    string dataFile = settings.DataFile ?? output.Write("census.csv", stream => CensusFile.Write(stream, GeneratedCensus.Draw(settings.Rows, settings.Seed)));
    IDataView rows = CensusFile.Load(mlContext, dataFile);
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
    // Carries a variance through the network, in one pass: what the model does not know goes into its probabilities.
    var network = training.Model.WithMomentPropagation();
    var figures = mlContext.BinaryClassification.Evaluate(network.Transform(test));
    var others = mlContext.BinaryClassification.Evaluate(lightGbm.Model.Transform(test));
    report.Add("area under the ROC curve", figures.AreaUnderRocCurve, others.AreaUnderRocCurve);
    report.Add("accuracy", figures.Accuracy, others.Accuracy);

    report.Step("explain", "Explain: what the AUC loses when a column is shuffled, and what share of it the network's first layer lets through");
    IReadOnlyList<Explanation> explanations = Explanation.Explain(mlContext, training.Model, test);
    foreach (Explanation explanation in explanations)
        report.Add($"importance of {explanation.Column}", explanation.Importance);
    foreach (Explanation explanation in explanations)
        report.Add($"relevance of {explanation.Column}", explanation.Relevance);
    cancellation.ThrowIfCancellationRequested();

    report.Step("triage", "Let a human answer where the model is least certain");
    var model = featurization.Append(network);
    ScoredRow[] scored = [.. mlContext.Data.CreateEnumerable<ScoredRow>(model.Transform(parts.Test), reuseRowObject: false)];
    Triage triage = Triage.Of(scored, Triage.ReferredShare);
    report.Add("share of the rows that is answered", triage.Answered);
    report.Add("accuracy of the answers", triage.AnsweredAccuracy);
    report.Add("accuracy that they would have on the others", triage.ReferredAccuracy);
    report.Add("entropy from which on a human answers, nats", triage.Threshold);

    report.Step("save", "Save the pipeline, and score the test rows in a new process");
    string testFile = output.Write("test.csv", stream => CensusFile.Write(stream, mlContext.Data.CreateEnumerable<CensusRow>(parts.Test, reuseRowObject: false)));
    string modelFile = output.Write("model.zip", stream => mlContext.Model.Save(model, rows.Schema, stream));
    IReadOnlyList<ScoredRow> reloaded = ScoringProcess.Run(modelFile, testFile, output.Locate("scores.csv"), cancellation);
    report.Add("largest difference of a probability", ScoredRow.LargestDifference(scored, reloaded));

    report.Step("export", "Export the pipeline as ONNX, and score the test rows on ONNX Runtime");
    string onnxFile = output.Write("model.onnx", stream => mlContext.Model.ExportToOnnx(model, parts.Test, stream));
    IReadOnlyList<ScoredRow> onnx = ScoringProcess.Run(onnxFile, testFile, output.Locate("scores-onnx.csv"), cancellation);
    report.Add("largest difference of a probability", ScoredRow.LargestDifference(scored, onnx));

    return () =>
    {
        string picture = output.Write("pipeline.png", stream => stream.Write(PipelinePicture.Draw(explanations)));
        Console.WriteLine($"Wrote {modelFile}, {onnxFile} and {picture}.");
        if (settings.Json)
            Console.WriteLine(JsonResult.Write(report.Table, watch.Elapsed.TotalSeconds));
    };
}
