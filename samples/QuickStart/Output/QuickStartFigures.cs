using System.Text.Json;

namespace QuickStart.Output;

/// <summary>Every figure of a run; errors and rates are fractions, losses are in nats. The names are those of the JSON line.</summary>
internal sealed record QuickStartFigures
{
    private static readonly JsonSerializerOptions OneLine = new(JsonSerializerDefaults.Web);

    public required string Data { get; init; }

    public required int TrainRows { get; init; }

    public required int TestRows { get; init; }

    public required IReadOnlyList<int> HiddenLayerSizes { get; init; }

    public required int Iterations { get; init; }

    public required int UnseenDigitIterations { get; init; }

    public required int Samples { get; init; }

    public required int Seed { get; init; }

    public required double TestErrorMean { get; init; }

    public required double TestErrorSampling { get; init; }

    public required double LogLossMean { get; init; }

    public required double LogLossSampling { get; init; }

    public required double EceMean { get; init; }

    public required double EceSampling { get; init; }

    /// <summary>
    /// Second model: area under the ROC curve of predictive entropy between unseen and seen test digits; null when the test rows lack either.
    /// </summary>
    public required double? OodAuroc { get; init; }

    /// <summary>The same with mutual information in place of the entropy.</summary>
    public required double? OodAurocMutualInformation { get; init; }

    /// <summary>Mean learned dropout rate of each layer, from the input on.</summary>
    public required IReadOnlyList<double> DropoutRates { get; init; }

    /// <summary>Evidence lower bound at the end of the training, in nats over the training rows.</summary>
    public required double EvidenceLowerBound { get; init; }

    public required double TrainSeconds { get; init; }

    public required double OodTrainSeconds { get; init; }

    /// <summary>Everything from the start of the program, predictions and files included.</summary>
    public required double TotalSeconds { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, OneLine);
}
