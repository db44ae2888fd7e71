using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;

/// <summary>A trainer with its settings.</summary>
internal interface IContestant
{
    /// <summary>The columns that it fills: one for each way to predict.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>Whether it says something about these rows that no other contestant has said.</summary>
    bool Takes(DataSplit split, int? hiddenUnits);

    /// <summary>Trains and tests; returns figures for each of <see cref="Columns"/>.</summary>
    IReadOnlyList<Figures> Measure(DataSplit split, int? hiddenUnits, int seed);
}
