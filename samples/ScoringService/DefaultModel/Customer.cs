namespace ScoringService.DefaultModel;

/// <summary>A row that the default model is trained on: a customer, and whether he left within a year.</summary>
internal sealed record Customer
{
    public float TenureMonths { get; init; }

    /// <summary>In euros.</summary>
    public float MonthlyCharge { get; init; }

    public float SupportCalls { get; init; }

    public float Age { get; init; }

    public required string Contract { get; init; }

    public required string Payment { get; init; }

    public bool HasFamilyPlan { get; init; }

    public bool Left { get; init; }
}
