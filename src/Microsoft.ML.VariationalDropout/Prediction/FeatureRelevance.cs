using System.Globalization;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>How relevant a feature is to a network, by the noise that its first layer learned.</summary>
public sealed class FeatureRelevance
{
    internal FeatureRelevance(int slot, string? name, double relevance)
    {
        Slot = slot;
        Name = name;
        Relevance = relevance;
    }

    /// <summary>The slot of the feature column, counted from 0.</summary>
    public int Slot { get; }

    /// <summary>The slot's name in the training set; <see langword="null"/> where the column had none.</summary>
    public string? Name { get; }

    /// <summary>
    /// The share of signal in what the first layer does with the feature, Σθ² / Σ(θ² + σ²) over its units, in [0, 1]; with one dropout
    /// variance per feature, one minus its dropout rate. 0 for a feature that pruning removed or that was constant in training.
    /// </summary>
    public double Relevance { get; }

    /// <summary>Name, or number of the slot, and relevance.</summary>
    /// <returns>A short text.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{(string.IsNullOrEmpty(Name) ? $"slot {Slot}" : Name)}: {Relevance:F3}");
}
