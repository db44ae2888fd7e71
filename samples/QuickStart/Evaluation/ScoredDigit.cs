using Microsoft.ML;
using Samples;

namespace QuickStart.Evaluation;

/// <summary>A test row with what a model says about it.</summary>
internal sealed class ScoredDigit
{
    public float[] Features { get; set; } = [];

    /// <summary>The digit that the image shows.</summary>
    public int Digit { get; set; }

    /// <summary>The digit that the model takes it for.</summary>
    public int PredictedDigit { get; set; }

    /// <summary>Probability of each digit that the model knows, in ascending order of the digits.</summary>
    public float[] Score { get; set; } = [];

    /// <summary>Entropy of <see cref="Score"/> in nats: 0 when sure, ln 10 when all ten digits are equally likely. Sampling only.</summary>
    public float ScorePredictiveEntropy { get; set; }

    /// <summary>The part of the entropy that comes from not knowing the weights, in nats. Sampling only.</summary>
    public float ScoreMutualInformation { get; set; }

    public bool IsCorrect => PredictedDigit == Digit;

    public float Confidence => Score.Max();

    public bool WasSeen => Digit != DigitData.UnseenDigit;

    public static ScoredDigit[] ReadAll(MLContext mlContext, IDataView scored)
        => [.. mlContext.Data.CreateEnumerable<ScoredDigit>(scored, reuseRowObject: false, ignoreMissingColumns: true)];
}
