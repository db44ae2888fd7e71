using System.Reflection;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.Trainers.VariationalDropout;
using ModelComparison.Search;

namespace ModelComparison.Tests;

[TestClass]
public sealed class OptionsSearchSpaceTests
{
    [TestMethod]
    [DataRow(typeof(VariationalDropoutBinaryTrainer.Options))]
    [DataRow(typeof(VariationalDropoutMulticlassTrainer.Options))]
    [DataRow(typeof(VariationalDropoutRegressionTrainer.Options))]
    public void All_that_AutoML_would_sweep_is_swept_and_stays_in_range(Type type)
    {
        var space = new OptionsSearchSpace(type);
        PropertyInfo[] expected = [.. type.GetProperties().Where(property => property.GetCustomAttributes().Any(attribute => attribute is RangeAttribute or ChoiceAttribute or BooleanChoiceAttribute))];
        var random = new Random(1);

        CollectionAssert.AreEquivalent(expected.Select(property => property.Name).ToArray(), space.Properties.Select(property => property.Name).ToArray());
        Assert.IsNotEmpty(expected);
        object options = Activator.CreateInstance(type)!;
        for (int draw = 0; draw < 50; draw++)
        {
            foreach ((PropertyInfo property, object? value) in space.Draw(random))
            {
                property.SetValue(options, value);
                if (property.GetCustomAttribute<RangeAttribute>() is RangeAttribute range)
                    Assert.IsInRange((double)range.Min, (double)range.Max, (double)value!, property.Name);
            }
        }
    }

    [TestMethod]
    public void All_kinds_of_attributes_are_drawn_from()
    {
        var space = new OptionsSearchSpace(typeof(AllKinds));
        var random = new Random(1);
        IReadOnlyDictionary<PropertyInfo, object?>[] draws = [.. Enumerable.Range(0, 2000).Select(_ => space.Draw(random))];

        object?[] Of(string name) => [.. draws.Select(draw => draw[typeof(AllKinds).GetProperty(name)!])];
        CollectionAssert.AreEquivalent(new object[] { 2, 3, 4 }, Of(nameof(AllKinds.Whole)).Distinct().ToArray());
        CollectionAssert.AreEquivalent(new object[] { "a", "b" }, Of(nameof(AllKinds.Choice)).Distinct().ToArray());
        CollectionAssert.AreEquivalent(new object[] { true, false }, Of(nameof(AllKinds.Switch)).Distinct().ToArray());

        // Half of the draws below the root of 0.001 · 1, where an even draw would have 3 %.
        Assert.IsInRange(900, 1100, Of(nameof(AllKinds.Logarithmic)).Count(value => (float)value! < 0.0316f));
        Assert.HasCount(4, space.Properties);
    }

    private sealed class AllKinds
    {
        [Microsoft.ML.SearchSpace.Range(2, 4)]
        public int Whole { get; set; }

        [Choice("a", "b")]
        public string Choice { get; set; } = "";

        [BooleanChoice]
        public bool Switch { get; set; }

        [Microsoft.ML.SearchSpace.Range(0.001f, 1f, logBase: true)]
        public float Logarithmic { get; set; }

        public int Other { get; set; }
    }
}
