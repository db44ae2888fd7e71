using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>One ratio: what is measured, and what it should be.</summary>
internal sealed record Row
{
    /// <summary>What <c>--filter</c> looks at: group/what/size.</summary>
    public required string Name { get; init; }

    /// <summary>Heading of the table that it belongs to.</summary>
    public required string Group { get; init; }

    /// <summary>What is divided by what, in words.</summary>
    public required string Ratio { get; init; }

    /// <summary>A unit of work, of which the table gives the time.</summary>
    public required string Unit { get; init; }

    /// <summary>The least that the ratio should be, or the most where it is one of times; null for a figure without a target.</summary>
    public double? Target { get; init; }

    /// <summary>What it may become.</summary>
    public double? Aim { get; init; }

    /// <summary>Whether the ratio is one of times, of which less is better.</summary>
    public bool IsTime { get; init; }

    /// <summary>Measures it.</summary>
    public required Func<Conditions, Outcome> Measure { get; init; }
}
