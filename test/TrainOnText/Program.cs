using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;

// Usage: TrainOnText ROWS POSTERIOR [UNITS]: trains on generated texts, hashed to 2^17 slots, and prints the working set in MB before the training, its
// peak in the training and in all, the area under the curve on texts that were not trained on, the features and the learned numbers.
int rows = int.Parse(args[0], CultureInfo.InvariantCulture);
var mlContext = new MLContext(seed: 1);
IDataView Load(int seed, int count) => mlContext.Data.LoadFromEnumerable(Texts(seed, count));
var featurizer = mlContext.Transforms.Text.TokenizeIntoWords("Words", nameof(Document.Text))
    .Append(mlContext.Transforms.Conversion.MapValueToKey("Words"))
    .Append(mlContext.Transforms.Text.ProduceHashedNgrams("Features", "Words", numberOfBits: 17, ngramLength: 1, useAllLengths: false))
    .Fit(Load(1, rows));
GC.Collect();
double before = BeginPeak();

var transformer = mlContext.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options
{
    HiddenLayerSizes = [args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 16],
    NumberOfIterations = 8,
    LearningRate = 3e-3,
    BatchSize = 64,
    Posterior = Enum.Parse<WeightPosterior>(args[1]),
}).Fit(featurizer.Transform(Load(1, rows)));
double afterFit = PeakMegabytes();
double auc = mlContext.BinaryClassification.Evaluate(transformer.WithSampling(5).Transform(featurizer.Transform(Load(2, 500)))).AreaUnderRocCurve;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{before:F1} {afterFit:F1} {PeakMegabytes():F1} {auc:F4} {transformer.Model.FeatureCount} {transformer.Model.ParameterCount}"));

// Linux counts the peak from here on; elsewhere it may be one from before.
static double BeginPeak()
{
    if (OperatingSystem.IsLinux())
        File.WriteAllText("/proc/self/clear_refs", "5");
    using var process = Process.GetCurrentProcess();
    return process.WorkingSet64 / 1e6;
}

static double PeakMegabytes()
{
    using var process = Process.GetCurrentProcess();
    return process.PeakWorkingSet64 / 1e6;
}

// Forty words of 50,000 a text; the first hundred words tell the two classes apart.
static IEnumerable<Document> Texts(int seed, int count)
{
    var random = new Random(seed);
    for (int row = 0; row < count; row++)
    {
        bool label = row % 2 == 0;
        IEnumerable<int> telling = Enumerable.Range(0, 4).Select(_ => (random.Next(50) * 2) + ((random.NextDouble() < 0.85) == label ? 0 : 1));
        IEnumerable<int> others = Enumerable.Range(0, 36).Select(_ => 100 + random.Next(50_000));
        yield return new Document { Label = label, Text = string.Join(' ', telling.Concat(others).Select(word => string.Create(CultureInfo.InvariantCulture, $"w{word}"))) };
    }
}

internal sealed class Document
{
    public bool Label { get; set; }

    public string Text { get; set; } = "";
}
