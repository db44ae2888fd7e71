// A user's program: it knows ML.NET and the package, nothing else. Started twice: `train MODEL` fits, saves and scores in one process,
// `score MODEL` loads and scores in a fresh one, in which no type of the package is named.
using System.Globalization;
using Microsoft.ML;

switch (args)
{
    case ["train", var path]:
        Training.Run(path);
        return 0;
    case ["score", var path]:
        Scoring.Print(new MLContext(seed: 2).Model.Load(path, out _));
        return 0;
    default:
        Console.Error.WriteLine("train MODEL | score MODEL");
        return 2;
}

internal sealed class Row
{
    public float X { get; set; }

    public float Y { get; set; }

    public string Label { get; set; } = "";
}

internal static class Rows
{
    /// <summary>Three classes on three rays from the origin, with a deterministic spread.</summary>
    public static List<Row> Create()
    {
        var rows = new List<Row>();
        for (int i = 0; i < 300; i++)
        {
            double angle = 2 * Math.PI * (i % 3) / 3 + 0.4 * Math.Sin(i * 1.7);
            double radius = 1 + 0.5 * Math.Cos(i * 0.9);
            rows.Add(new Row { X = (float)(radius * Math.Cos(angle)), Y = (float)(radius * Math.Sin(angle)), Label = "abc"[i % 3].ToString() });
        }

        return rows;
    }
}

internal static class Scoring
{
    public static void Print(ITransformer model)
    {
        var ml = new MLContext();
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(Rows.Create()));
        foreach (string column in new[] { "Score", "ScoreStandardDeviation" })
            Console.WriteLine($"{column}={string.Join(' ', ml.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false).Take(8).SelectMany(row => column == "Score" ? row.Score : row.ScoreStandardDeviation).Select(BitConverter.SingleToInt32Bits))}");
        Console.WriteLine($"labels={string.Concat(ml.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false).Take(9).Select(row => row.Predicted))}");
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public float[] ScoreStandardDeviation { get; set; } = [];

        public string Predicted { get; set; } = "";
    }
}

internal static class Training
{
    public static void Run(string path)
    {
        var ml = new MLContext(seed: 1);
        IDataView rows = ml.Data.LoadFromEnumerable(Rows.Create());
        var keys = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.Concatenate("Features", "X", "Y")).Fit(rows);
        IDataView prepared = keys.Transform(rows);
        var predictor = ml.MulticlassClassification.Trainers.VariationalDropout(hiddenLayerSizes: [16], numberOfIterations: 60).Fit(prepared);

        var metrics = ml.MulticlassClassification.Evaluate(predictor.Transform(prepared));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy={metrics.MicroAccuracy:F4}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dropoutRates={string.Join(' ', predictor.Model.MeanDropoutRates.Select(rate => rate.ToString("F4", CultureInfo.InvariantCulture)))}"));

        var sampling = predictor.WithSampling(samples: 20, seed: 3);
        ITransformer names = ml.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel").Fit(sampling.Transform(prepared));
        var model = new Microsoft.ML.Data.TransformerChain<ITransformer>(keys, sampling, names);
        ml.Model.Save(model, rows.Schema, path);
        Scoring.Print(model);
    }
}
