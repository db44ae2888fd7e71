using System.Globalization;
using System.Numerics;

namespace VariationalDropout.Onnx.Tool.Data;

/// <summary>Reads a value from a cell.</summary>
internal delegate bool CellParser<T>(string text, out T value);

/// <summary>How text becomes the values of columns.</summary>
internal static class CellParsers
{
    private static readonly Dictionary<Type, (Delegate Parser, string Expected)> OfType = new()
    {
        [typeof(float)] = Real<float>(float.NaN),
        [typeof(double)] = Real(double.NaN),
        [typeof(Half)] = Real(Half.NaN),
        [typeof(sbyte)] = Whole<sbyte>(),
        [typeof(short)] = Whole<short>(),
        [typeof(int)] = Whole<int>(),
        [typeof(long)] = Whole<long>(),
        [typeof(byte)] = Whole<byte>(),
        [typeof(ushort)] = Whole<ushort>(),
        [typeof(uint)] = Whole<uint>(),
        [typeof(ulong)] = Whole<ulong>(),
        [typeof(bool)] = (new CellParser<bool>(TryParseTruth), "true or false (or yes, no, 1, 0)"),
        [typeof(ReadOnlyMemory<char>)] = (new CellParser<ReadOnlyMemory<char>>(TryParseText), "text"),
    };

    public static bool Knows(Type type) => OfType.ContainsKey(type);

    public static CellParser<T> Get<T>() => (CellParser<T>)OfType[typeof(T)].Parser;

    /// <summary>What a cell must hold, for errors.</summary>
    public static string Describe(Type type) => OfType[type].Expected;

    /// <summary>A number; nothing, NaN, NA and ? are a missing one.</summary>
    private static (Delegate Parser, string Expected) Real<T>(T missing)
        where T : INumberBase<T>
    {
        bool TryParse(string text, out T value)
        {
            string trimmed = text.Trim();
            if (trimmed is "" or "?" || trimmed.Equals("NA", StringComparison.OrdinalIgnoreCase))
            {
                value = missing;
                return true;
            }

            return T.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out value!);
        }

        return (new CellParser<T>(TryParse), "a number, such as 1.5");
    }

    private static (Delegate Parser, string Expected) Whole<T>()
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        static bool TryParse(string text, out T value) => T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value!);
        return (new CellParser<T>(TryParse), $"a whole number from {T.MinValue} to {T.MaxValue}");
    }

    private static bool TryParseTruth(string text, out bool value)
    {
        string trimmed = text.Trim();
        value = trimmed.ToUpperInvariant() is "TRUE" or "T" or "YES" or "Y" or "1";
        return value || trimmed.ToUpperInvariant() is "FALSE" or "F" or "NO" or "N" or "0";
    }

    private static bool TryParseText(string text, out ReadOnlyMemory<char> value)
    {
        value = text.AsMemory();
        return true;
    }
}
