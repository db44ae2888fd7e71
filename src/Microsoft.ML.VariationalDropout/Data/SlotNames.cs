using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>The names of the slots of a vector column.</summary>
internal static class SlotNames
{
    /// <summary>The name of each slot; null for one that has none.</summary>
    public static string?[] Read(DataViewSchema.Column column, int slots)
    {
        string?[] result = new string?[slots];
        if (!column.HasSlotNames(slots))
            return result;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        foreach (var (slot, name) in names.Items())
            result[slot] = name.IsEmpty ? null : name.ToString();
        return result;
    }

    /// <summary>The same, with the number of the slot, counted from 0, for a name that there is not.</summary>
    public static string[] ReadOrNumber(DataViewSchema.Column column, int slots)
        => [.. Read(column, slots).Select((name, slot) => name ?? slot.ToString(CultureInfo.InvariantCulture))];
}
