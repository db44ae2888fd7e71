using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>The classes that an exported file tells of: how many there are, and their values, of the type that the training label had.</summary>
internal sealed class ModelClasses
{
    private const int MaximumCount = 1 << 30;

    private static readonly Dictionary<string, (PrimitiveDataViewType Type, Func<string[], Delegate> CreateGetter)> Kinds = new[]
    {
        Number<float>(NumberDataViewType.Single),
        Number<double>(NumberDataViewType.Double),
        Number<sbyte>(NumberDataViewType.SByte),
        Number<short>(NumberDataViewType.Int16),
        Number<int>(NumberDataViewType.Int32),
        Number<long>(NumberDataViewType.Int64),
        Number<byte>(NumberDataViewType.Byte),
        Number<ushort>(NumberDataViewType.UInt16),
        Number<uint>(NumberDataViewType.UInt32),
        Number<ulong>(NumberDataViewType.UInt64),
        Of(BooleanDataViewType.Instance, bool.Parse),
        Of(TextDataViewType.Instance, name => name.AsMemory()),
        Of(DateTimeDataViewType.Instance, name => DateTime.Parse(name, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        Of(DateTimeOffsetDataViewType.Instance, name => DateTimeOffset.Parse(name, CultureInfo.InvariantCulture)),
        Of(TimeSpanDataViewType.Instance, name => TimeSpan.Parse(name, CultureInfo.InvariantCulture)),
    }.ToDictionary(kind => $"{kind.Type}");

    private readonly PrimitiveDataViewType? _type;
    private readonly Delegate? _getter;

    /// <param name="metadata">What the file says about itself. Somebody else's properties of our names count as none.</param>
    public ModelClasses(IReadOnlyDictionary<string, string> metadata)
    {
        Names = ReadNames(metadata);
        Count = Names.Length;
        if (int.TryParse(metadata.GetValueOrDefault(ModelMetadata.ClassCount), CultureInfo.InvariantCulture, out int count) && count is > 0 and <= MaximumCount)
        {
            Count = count;
            if (Names.Length != count)
                Names = [];
        }

        if (Names.Length == 0)
            return;

        // Files of before this property have names alone.
        if (!Kinds.TryGetValue(metadata.GetValueOrDefault(ModelMetadata.ClassType, ""), out (PrimitiveDataViewType Type, Func<string[], Delegate> CreateGetter) kind))
            kind = Kinds[$"{TextDataViewType.Instance}"];
        try
        {
            _getter = kind.CreateGetter(Names);
            _type = kind.Type;
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            Names = [];
        }
    }

    /// <summary>How many; 0 when the file does not tell.</summary>
    public int Count { get; }

    /// <summary>Their values as texts; none when the label had no values.</summary>
    public string[] Names { get; }

    public bool AreTexts => _type is TextDataViewType;

    /// <summary>Adds the values, if there are some, as a column's annotation.</summary>
    public void AddValues(DataViewSchema.Annotations.Builder builder, string kind)
    {
        if (_getter is not null)
            builder.Add(kind, new VectorDataViewType(_type!, Names.Length), _getter);
    }

    private static string[] ReadNames(IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            string[]? names = metadata.TryGetValue(ModelMetadata.ClassNames, out string? json) ? JsonSerializer.Deserialize<string[]>(json) : null;
            return names is null || names.Contains(null) ? [] : names;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static (PrimitiveDataViewType Type, Func<string[], Delegate> CreateGetter) Number<T>(PrimitiveDataViewType type)
        where T : IParsable<T>
        => Of(type, name => T.Parse(name, CultureInfo.InvariantCulture));

    private static (PrimitiveDataViewType Type, Func<string[], Delegate> CreateGetter) Of<T>(PrimitiveDataViewType type, Func<string, T> parse)
        => (type, names => CreateGetter([.. names.Select(parse)]));

    private static ValueGetter<VBuffer<T>> CreateGetter<T>(T[] values) => (ref VBuffer<T> destination) =>
    {
        VBufferEditor<T> editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    };
}
