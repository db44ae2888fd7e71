using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>The names of the targets of a label that is a vector.</summary>
internal static class TargetNames
{
    /// <summary>The slot names, and the index, counted from 0, of each slot that has none.</summary>
    public static string[] Read(DataViewSchema.Column label, int targets)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (label.HasSlotNames(targets))
            label.GetSlotNames(ref names);
        return [.. Enumerable.Range(0, targets).Select(Name)];

        string Name(int target)
            => names.Length == targets && !names.GetItemOrDefault(target).IsEmpty ? names.GetItemOrDefault(target).ToString() : target.ToString(CultureInfo.InvariantCulture);
    }
}
