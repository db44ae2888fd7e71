using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>The values that the keys of a column stand for.</summary>
internal sealed class KeyNames
{
    private const string Annotation = "KeyValues";

    private static readonly MethodInfo ReadOf = ((Delegate)Read<int>).Method.GetGenericMethodDefinition();

    private readonly Dictionary<string, string> _indices = new(StringComparer.Ordinal);

    private KeyNames(string[] names)
    {
        First = names[0];
        for (int i = 0; i < names.Length; i++)
            _indices.TryAdd(names[i], (i + 1).ToString(CultureInfo.InvariantCulture));
    }

    public string First { get; }

    /// <summary>Null where the keys stand for nothing but themselves.</summary>
    public static KeyNames? Read(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(Annotation)?.Type is not VectorDataViewType { Size: > 0 } type)
            return null;
        return new KeyNames((string[])ReadOf.MakeGenericMethod(type.ItemType.RawType).Invoke(null, [column])!);
    }

    /// <summary>The key as text, counted from 1; 0 for a name that no key has.</summary>
    public string IndexOf(string name) => _indices.GetValueOrDefault(name, "0");

    private static string[] Read<T>(DataViewSchema.Column column)
    {
        VBuffer<T> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }
}
