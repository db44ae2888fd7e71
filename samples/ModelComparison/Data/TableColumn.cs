namespace ModelComparison.Data;

/// <summary>A column of the table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Kind">How it becomes features.</param>
/// <param name="HasMissing">Whether some cells are missing.</param>
/// <param name="Reason">Why it is left out; null where it is not.</param>
internal sealed record TableColumn(string Name, int Index, ColumnKind Kind, bool HasMissing, string? Reason = null);
