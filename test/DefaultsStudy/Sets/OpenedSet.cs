namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>A set whose data has been found.</summary>
/// <param name="Set">The set.</param>
/// <param name="Splits">Each is made when it is first asked for.</param>
/// <param name="HiddenUnits">Units of the one hidden layer that the set's benchmark prescribes; null where the defaults decide.</param>
internal sealed record OpenedSet(StudySet Set, IReadOnlyList<Lazy<DataSplit>> Splits, int? HiddenUnits = null);
