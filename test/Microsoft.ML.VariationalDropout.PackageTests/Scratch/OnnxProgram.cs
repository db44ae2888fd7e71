// A user's program: it knows the package for ONNX, nothing else. Started twice: `export FILE` trains a regression and writes its pipeline,
// `score FILE` scores that file in a fresh process, through ML.NET.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

var ml = new MLContext(seed: 1);
IDataView rows = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(i => new Row { Size = i, Label = 3 * i + 20 * MathF.Sin(i) }));
switch (args)
{
    case ["export", var path]:
        ITransformer model = ml.Transforms.Concatenate("Features", "Size")
            .Append(ml.Regression.Trainers.VariationalDropout(hiddenLayerSizes: [8], numberOfIterations: 40))
            .Fit(rows);
        ml.Model.ExportToOnnx(model, rows, path);
        Print(model.Transform(rows));
        return 0;
    case ["score", var path]:
        Print(ml.Transforms.ApplyVariationalDropoutOnnxModel(path).Fit(rows).Transform(rows));
        return 0;
    default:
        Console.Error.WriteLine("export FILE | score FILE");
        return 2;
}

static void Print(IDataView scored)
{
    IEnumerable<float> scores = scored.GetColumn<float>("Score").Take(16);
    Console.WriteLine($"Score={string.Join(' ', scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)))}");
}

internal sealed class Row
{
    public float Size { get; set; }

    public float Label { get; set; }
}
