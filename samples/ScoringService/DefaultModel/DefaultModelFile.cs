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
    private const string Name = "customers-1.onnx";

    private const int Rows = 4000;
    private const int Seed = 1;

    /// <summary>Draws of the network that the graph holds: of one row they cost less than the moments do, and they are exact for any depth.</summary>
    private const int Samples = 64;

    /// <summary>Path of the file, which is made where it does not exist.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled; nothing was written.</exception>
    public static string GetOrTrain(string cacheFolder, Action training, CancellationToken cancellation = default)
    {
        string path = Path.Combine(cacheFolder, Name);
        if (File.Exists(path))
            return path;
        OutputFolder folder = OutputFolder.Open(cacheFolder);
        training();
        byte[] model = Train(cancellation);
        return folder.Write(Name, stream => stream.Write(model));
    }

    private static byte[] Train(CancellationToken cancellation)
    {
        var mlContext = new MLContext(Seed);
        WarningLines.Show(mlContext);
        IDataView customers = mlContext.Data.LoadFromEnumerable(CustomerGenerator.Make(Rows, Seed));
        var pipeline = mlContext.Transforms.Categorical.OneHotEncoding([new("ContractSlots", nameof(Customer.Contract)), new("PaymentSlots", nameof(Customer.Payment))])
            .Append(mlContext.Transforms.Conversion.ConvertType("FamilyPlan", nameof(Customer.HasFamilyPlan)))
            .Append(mlContext.Transforms.Concatenate(
                "Features", nameof(Customer.TenureMonths), nameof(Customer.MonthlyCharge), nameof(Customer.SupportCalls), nameof(Customer.Age), "ContractSlots", "PaymentSlots", "FamilyPlan"))
            .Append(mlContext.BinaryClassification.Trainers.VariationalDropout(new VariationalDropoutBinaryTrainer.Options { LabelColumnName = nameof(Customer.Left), Seed = Seed, CancellationToken = cancellation }));
        ITransformer model = pipeline.Fit(customers);

        using var stream = new MemoryStream();
        mlContext.Model.ExportToOnnx(model, customers, stream, new() { GraphKind = OnnxGraphKind.FrozenSamples, NumberOfSamples = Samples, Seed = Seed });
        stream.Write(FileProperty.Encode(ModelCard.PropertyName, Describe().ToJson()));
        return stream.ToArray();
    }

    /// <summary>What the page needs to offer inputs; the graph itself knows names and types alone.</summary>
    private static ModelCard Describe() => new()
    {
        Title = "Customers",
        Question = "Will this customer leave within a year?",
        Columns =
        [
            new() { Name = nameof(Customer.TenureMonths), Label = "Months as a customer", Minimum = 0, Maximum = 120, Step = 1, Value = 12 },
            new() { Name = nameof(Customer.MonthlyCharge), Label = "Monthly charge, €", Minimum = 0, Maximum = 200, Step = 1, Value = 60 },
            new() { Name = nameof(Customer.SupportCalls), Label = "Calls to support", Minimum = 0, Maximum = 12, Step = 1, Value = 2 },
            new() { Name = nameof(Customer.Age), Label = "Age", Minimum = 18, Maximum = 100, Step = 1, Value = 40 },
            new() { Name = nameof(Customer.Contract), Label = "Contract", Values = CustomerGenerator.Contracts },
            new() { Name = nameof(Customer.Payment), Label = "Payment", Values = CustomerGenerator.Payments },
            new() { Name = nameof(Customer.HasFamilyPlan), Label = "Has a family plan" },
        ],
    };
}
