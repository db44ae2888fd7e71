using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;

/// <summary>A UCI regression set with one of its standard splits.</summary>
internal sealed class UciSet
{
    public float[] Features { get; set; } = [];

    public float Label { get; set; }

    public float[] Labels { get; set; } = [];

    /// <param name="context">The context.</param>
    /// <param name="folder">The set's folder.</param>
    /// <param name="split">Number of the split.</param>
    /// <param name="secondTarget">A feature column that is to be a second target, or −1.</param>
    public static (IDataView Train, IDataView Test) Load(MLContext context, string folder, int split, int secondTarget = -1)
    {
        float[][] data = Read(folder, "data.txt");
        int[] features = [.. Integers(folder, "index_features.txt").Where(column => column != secondTarget)];
        int target = Integers(folder, "index_target.txt")[0];
        var schema = SchemaDefinition.Create(typeof(UciSet));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Length);
        schema[nameof(Labels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, secondTarget < 0 ? 1 : 2);
        return (View($"index_train_{split}.txt"), View($"index_test_{split}.txt"));

        IDataView View(string rows) => context.Data.LoadFromEnumerable(
            Integers(folder, rows).Select(row => new UciSet
            {
                Features = [.. features.Select(column => data[row][column])],
                Label = data[row][target],
                Labels = secondTarget < 0 ? [data[row][target]] : [data[row][target], data[row][secondTarget]],
            }).ToArray(),
            schema);
    }

    private static int[] Integers(string folder, string file) => [.. Read(folder, file).SelectMany(row => row).Select(value => (int)value)];

    private static float[][] Read(string folder, string file)
        => [.. File.ReadLines(Path.Combine(folder, file)).Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray())];
}
