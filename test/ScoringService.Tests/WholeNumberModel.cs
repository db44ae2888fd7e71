using Microsoft.ML;
using Microsoft.ML.Data;
using ScoringService.DefaultModel;
using ScoringService.Model;

namespace ScoringService.Tests;

/// <summary>A model of two inputs: Features, which is a vector of two numbers, and Calls, which is a whole number.</summary>
internal static class WholeNumberModel
{
    /// <summary>Path of its file, with a card.</summary>
    public static string Export(string folder, ModelCard card)
    {
        var context = new MLContext(1);
        IDataView rows = context.Data.LoadFromEnumerable(CustomerGenerator.Make(200, seed: 1).Select(customer => new Row { Features = [customer.TenureMonths, customer.SupportCalls], Calls = (int)customer.SupportCalls, Left = customer.Left }));
        ITransformer model = context.Transforms.Conversion.ConvertType("CallsNumber", "Calls").Append(context.Transforms.Concatenate("All", "Features", "CallsNumber"))
            .Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression("Left", "All")).Fit(rows);
        string file = Path.Combine(folder, "model.onnx");
        context.Model.ExportToOnnx(model, rows, file);
        File.AppendAllBytes(file, FileProperty.Encode(ModelCard.PropertyName, card.ToJson()));
        return file;
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public int Calls { get; set; }

        public bool Left { get; set; }
    }
}
