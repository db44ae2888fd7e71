using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using Samples;
using ScoringService.Model;

namespace ScoringService.DefaultModel;

/// <summary>The model of the service when it was given none: trained at the first start, exported with its uncertainty, and kept as a file.</summary>
internal static class DefaultModelFile
{
    /// <summary>Another recipe takes another name, so that a file of an older one is not used again.</summary>
    private const string Name = "customers-2.onnx";

    private const int Rows = 4000;
    private const int Seed = 1;

    /// <summary>Draws of the network that the graph holds: of one row they cost less than the moments do, and they are exact for any depth.</summary>
    private const int Samples = 64;

    /// <summary>Path of the file, which is made where there is none that can be used.</summary>
    /// <param name="cacheFolder">Where it is kept.</param>
    /// <param name="training">Called before a training, with what is wrong with the file that is there; null when there is none.</param>
    /// <param name="cancellation">Ends the training.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled; nothing was written.</exception>
    public static string GetOrTrain(string cacheFolder, Action<string?> training, CancellationToken cancellation = default)
    {
        string path = Path.Combine(cacheFolder, Name);
        string? fault = null;
        if (File.Exists(path))
        {
            try
            {
                ScoringModel.Load(path, new()).Release();
                return path;
            }
            catch (ModelRefusedException error)
            {
                fault = error.Message;
            }
        }

        OutputFolder folder = OutputFolder.Open(cacheFolder);
        training(fault);
        byte[] model = Train(cancellation);
        return folder.Write(Name, stream => stream.Write(model));
    }

    private static byte[] Train(CancellationToken cancellation)
    {
        var mlContext = new MLContext(Seed);
        WarningLines.Show(mlContext);
        Customer[] rows = [.. CustomerGenerator.Make(Rows, Seed)];
        IDataView customers = mlContext.Data.LoadFromEnumerable(rows);
        var pipeline = mlContext.Transforms.Categorical.OneHotEncoding([new("ContractSlots", nameof(Customer.Contract)), new("PaymentSlots", nameof(Customer.Payment))])
            .Append(mlContext.Transforms.Conversion.ConvertType("FamilyPlan", nameof(Customer.HasFamilyPlan)))
            .Append(mlContext.Transforms.Concatenate(
                "Features", nameof(Customer.TenureMonths), nameof(Customer.MonthlyCharge), nameof(Customer.SupportCalls), nameof(Customer.Age), "ContractSlots", "PaymentSlots", "FamilyPlan"))
            .Append(mlContext.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options { LabelColumnName = nameof(Customer.Left), Seed = Seed, CancellationToken = cancellation }));
        ITransformer model = pipeline.Fit(customers);

        using var stream = new MemoryStream();
        mlContext.Model.ExportToOnnx(model, customers, stream, new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = Samples, Seed = Seed });
        stream.Write(FileProperty.Encode(ModelCard.PropertyName, Describe(rows).ToJson()));
        return stream.ToArray();
    }

    /// <summary>What the page needs to offer inputs, and what training has seen; the graph itself knows names and types alone.</summary>
    private static ModelCard Describe(Customer[] rows) => new()
    {
        Title = "Customers",
        Question = "Will this customer leave within a year?",
        Columns =
        [
            DescribeNumber(nameof(Customer.TenureMonths), "Months as a customer", 0, 120, 12, rows.Select(row => row.TenureMonths)),
            DescribeNumber(nameof(Customer.MonthlyCharge), "Monthly charge, €", 0, 200, 60, rows.Select(row => row.MonthlyCharge)),
            DescribeNumber(nameof(Customer.SupportCalls), "Calls to support", 0, 12, 2, rows.Select(row => row.SupportCalls)),
            DescribeNumber(nameof(Customer.Age), "Age", 18, 100, 40, rows.Select(row => row.Age)),
            new() { Name = nameof(Customer.Contract), Label = "Contract", Values = CustomerGenerator.Contracts },
            new() { Name = nameof(Customer.Payment), Label = "Payment", Values = CustomerGenerator.Payments },
            new() { Name = nameof(Customer.HasFamilyPlan), Label = "Has a family plan" },
        ],
    };

    private static ColumnCard DescribeNumber(string name, string label, double minimum, double maximum, double value, IEnumerable<float> seen)
        => new() { Name = name, Label = label, Minimum = minimum, Maximum = maximum, Step = 1, Value = value, TrainedMinimum = seen.Min(), TrainedMaximum = seen.Max() };
}
