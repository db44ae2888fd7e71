using System.Reflection;
using Microsoft.ML.SearchSpace;

namespace ModelComparison.Search;

/// <summary>
/// The search space that the attributes of <c>Microsoft.ML.SearchSpace</c> give the options of a trainer: what AutoML would sweep. The attributes
/// are part of ML.NET itself; the class that draws from them comes with AutoML, so its few lines are here.
/// </summary>
internal sealed class OptionsSearchSpace
{
    private readonly IReadOnlyList<(PropertyInfo Property, Func<double, object?> Value)> _dimensions;

    public OptionsSearchSpace(Type options)
        => _dimensions =
        [
            .. from property in options.GetProperties().OrderBy(property => property.Name, StringComparer.Ordinal)
               let value = Dimension(property)
               where value is not null
               select (property, value),
        ];

    /// <summary>The options that are swept.</summary>
    public IReadOnlyList<PropertyInfo> Properties => [.. _dimensions.Select(dimension => dimension.Property)];

    /// <summary>The point of some options.</summary>
    public IReadOnlyDictionary<PropertyInfo, object?> ReadFrom(object options) => Properties.ToDictionary(property => property, property => property.GetValue(options));

    /// <summary>A point: each option even over its range, or over the logarithm of it where its attribute says so.</summary>
    public IReadOnlyDictionary<PropertyInfo, object?> Draw(Random random)
        => _dimensions.ToDictionary(dimension => dimension.Property, dimension => dimension.Value(random.NextDouble()));

    private static Func<double, object?>? Dimension(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is RangeAttribute range)
            return unit => Within(range, unit);
        if (property.GetCustomAttribute<ChoiceAttribute>() is ChoiceAttribute choice)
            return unit => choice.Candidates[(int)(unit * choice.Candidates.Length)];
        return property.GetCustomAttribute<BooleanChoiceAttribute>() is not null ? unit => unit < 0.5 : null;
    }

    private static object Within(RangeAttribute range, double unit)
    {
        double minimum = Convert.ToDouble(range.Min, null), maximum = Convert.ToDouble(range.Max, null);
        double value = range.LogBase ? minimum * Math.Pow(maximum / minimum, unit) : minimum + ((maximum - minimum) * unit);
        return range.Min is int ? (int)Math.Round(value) : Convert.ChangeType(value, range.Min.GetType(), null);
    }
}
