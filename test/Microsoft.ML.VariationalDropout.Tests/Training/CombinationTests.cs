using System.Reflection;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Training;

/// <summary>Every cell of the table posterior × prior × sharing × estimator: it works, or the constructor says what to choose.</summary>
[TestClass]
public sealed class CombinationTests
{
    private static readonly (WeightPosterior Posterior, WeightPrior Prior, DropoutVarianceSharing Sharing)[] Lines =
    [
        .. from posterior in Enum.GetValues<WeightPosterior>()
           from prior in Enum.GetValues<WeightPrior>()
           from sharing in Enum.GetValues<DropoutVarianceSharing>()
           select (posterior, prior, sharing),
    ];

    [TestMethod]
    public void Every_cell_trains_or_is_refused_by_the_constructor_with_what_to_choose()
    {
        var context = new MLContext(1);
        IDataView data = TestData.Load(context, TestData.Rows(48));
        int works = 0, refused = 0;
        foreach (var (posterior, prior, sharing) in Lines)
        {
            foreach (GradientEstimator estimator in Enum.GetValues<GradientEstimator>())
            {
                string cell = $"{posterior}, {prior}, {sharing}, {estimator}";
                VariationalDropoutMulticlassTrainer Create() => TestData.Trainer(context, options =>
                {
                    options.Posterior = posterior;
                    options.Prior = prior;
                    options.DropoutVarianceSharing = sharing;
                    options.GradientEstimator = estimator;
                    options.NumberOfIterations = 2;
                });
                if (Combinations.Refuse(posterior, prior, sharing, estimator) is { } refusal)
                {
                    var exception = Assert.ThrowsExactly<ArgumentException>(() => Create(), cell);
                    StringAssert.Contains(exception.Message, $": choose {refusal.Alternative}.", StringComparison.Ordinal);
                    refused++;
                    continue;
                }

                var transformer = Create().Fit(data);
                Assert.IsTrue(double.IsFinite(transformer.Model.EvidenceLowerBound), cell);
                Assert.AreEqual(posterior.IsLearned(), transformer.Model.KullbackLeibler > 0, cell);
                Assert.IsTrue(TestData.Scores(transformer.WithSampling(3).Transform(data)).All(row => row.All(float.IsFinite)), cell);
                works++;
            }
        }

        Assert.AreEqual((55, 448 - 55), (works, refused));
    }

    [TestMethod]
    public void What_a_refusal_says_to_choose_works()
    {
        foreach (var (posterior, prior, sharing) in Lines)
        {
            foreach (GradientEstimator estimator in Enum.GetValues<GradientEstimator>())
            {
                if (Combinations.Refuse(posterior, prior, sharing, estimator) is not { } refusal)
                    continue;
                Assert.IsNotEmpty(refusal.Changes);
                foreach (WeightPosterior other in refusal.Posteriors)
                    Assert.IsNull(Combinations.Refuse(other, prior, sharing, estimator));

                // Whichever value is taken for each option that has to change.
                foreach (var choice in Product([.. refusal.Changes.Select(change => change.Values)]))
                {
                    T Choose<T>(string option, T value)
                        where T : struct, Enum
                    {
                        int index = refusal.Changes.ToList().FindIndex(change => change.Option == option);
                        return index < 0 ? value : Enum.Parse<T>(choice[index]);
                    }

                    Assert.IsNull(Combinations.Refuse(posterior, Choose("Prior", prior), Choose("DropoutVarianceSharing", sharing), Choose("GradientEstimator", estimator)), refusal.Message);
                }
            }
        }

        static IEnumerable<string[]> Product(IReadOnlyList<string>[] values)
            => values.Aggregate<IReadOnlyList<string>, IEnumerable<string[]>>([[]], (sets, next) => sets.SelectMany(set => next.Select(value => (string[])[.. set, value])));
    }

    [TestMethod]
    public void What_is_left_out_works_for_every_posterior()
    {
        foreach (WeightPosterior posterior in Enum.GetValues<WeightPosterior>())
            TestData.Trainer(new MLContext(1), options => options.Posterior = posterior);
    }

    [TestMethod]
    public void The_documented_table_is_the_table()
    {
        string root = typeof(CombinationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        string[] documented = [.. File.ReadLines(Path.Combine(root, "docs", "combinations.md")).Where(line => Enum.GetNames<WeightPosterior>().Any(name => line.StartsWith($"| `{name}` | `", StringComparison.Ordinal)))];
        string[] expected =
        [
            .. Lines.Select(line => $"| `{line.Posterior}` | `{line.Prior}` | `{line.Sharing}` | "
                + string.Join(" | ", Enum.GetValues<GradientEstimator>().Select(estimator => Describe(Combinations.Refuse(line.Posterior, line.Prior, line.Sharing, estimator)))) + " |"),
        ];
        CollectionAssert.AreEqual(expected, documented);
    }

    private static string Describe(Combinations.Refusal? refusal) => refusal is null ? "works" : $"refused, use {refusal.Alternative}";
}
