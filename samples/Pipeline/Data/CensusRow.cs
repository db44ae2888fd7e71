using Microsoft.ML.Data;

namespace Pipeline.Data;

/// <summary>
/// A row of the census file (UCI Adult): a person, and whether he or she earns more than 50,000 a year. For a table of yours, this class and
/// <see cref="CensusFile.Headers"/> are what to change.
/// </summary>
internal sealed class CensusRow
{
    /// <summary>The features that are numbers; one that is not known is NaN.</summary>
    public static readonly string[] Numbers =
        [nameof(Age), nameof(FinalWeight), nameof(EducationNumber), nameof(CapitalGain), nameof(CapitalLoss), nameof(HoursPerWeek)];

    /// <summary>The features that are categories; one that is not known is "?", a category like others.</summary>
    public static readonly string[] Categories =
    [
        nameof(Workclass), nameof(Education), nameof(MaritalStatus), nameof(Occupation), nameof(Relationship), nameof(Ethnicity), nameof(Sex), nameof(NativeCountry),
    ];

    [LoadColumn(0)]
    public float Age { get; set; }

    [LoadColumn(1)]
    public string Workclass { get; set; } = "";

    /// <summary>How many persons the row stands for, as the census counts.</summary>
    [LoadColumn(2)]
    public float FinalWeight { get; set; }

    [LoadColumn(3)]
    public string Education { get; set; } = "";

    [LoadColumn(4)]
    public float EducationNumber { get; set; }

    [LoadColumn(5)]
    public string MaritalStatus { get; set; } = "";

    [LoadColumn(6)]
    public string Occupation { get; set; } = "";

    [LoadColumn(7)]
    public string Relationship { get; set; } = "";

    [LoadColumn(8)]
    public string Ethnicity { get; set; } = "";

    [LoadColumn(9)]
    public string Sex { get; set; } = "";

    [LoadColumn(10)]
    public float CapitalGain { get; set; }

    [LoadColumn(11)]
    public float CapitalLoss { get; set; }

    [LoadColumn(12)]
    public float HoursPerWeek { get; set; }

    [LoadColumn(13)]
    public string NativeCountry { get; set; } = "";

    [LoadColumn(14)]
    public bool Label { get; set; }
}
