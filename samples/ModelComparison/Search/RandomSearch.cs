using System.Diagnostics;
using System.Reflection;
using Microsoft.ML.Trainers.VariationalDropout;
using ModelComparison.Contestants;
using ModelComparison.Data;
using ModelComparison.Measurement;

namespace ModelComparison.Search;

/// <summary>A training of the search.</summary>
/// <param name="Number">0 for the defaults.</param>
/// <param name="Options">The options that were swept.</param>
/// <param name="Validation">Scores of the validation rows; null where the training failed.</param>
/// <param name="Seconds">Of its training.</param>
internal sealed record Trial(int Number, IReadOnlyDictionary<PropertyInfo, object?> Options, TestScores? Validation, double Seconds);

/// <summary>What a search found.</summary>
/// <param name="Trials">The defaults and the points that were drawn.</param>
/// <param name="Best">The trial that is best on the validation rows; null if all failed.</param>
/// <param name="DefaultTest">Scores of the test rows by the defaults, trained on all training rows of the fold; null where that failed.</param>
/// <param name="BestTest">The same with the best options.</param>
/// <param name="Failures">Which trainings failed, and what they said: a point of the space may make a training diverge.</param>
internal sealed record SearchResult(IReadOnlyList<Trial> Trials, Trial? Best, TestScores? DefaultTest, TestScores? BestTest, IReadOnlyList<string> Failures);

/// <summary>
/// Random search over the options of this library's trainer, as AutoML would see them. A fifth of a fold's training rows judges the trials; the test rows are looked at
/// twice, by the defaults and by what was chosen.
/// </summary>
internal static class RandomSearch
{
    private const int JudgedBy = 5;

    /// <param name="fold">The fold.</param>
    /// <param name="trials">Points to draw, beside the defaults.</param>
    /// <param name="progress">Told what is done: the share, 0 to 1, and a few words.</param>
    public static SearchResult Run(Round fold, int trials, Action<double, string> progress)
    {
        LearningTask task = fold.Data.Task;
        var space = new OptionsSearchSpace(OwnTraining.CreateOptions(task).GetType());
        var random = new Random(fold.Seed);
        var inner = new Round(fold.Data, Folds.HoldOut(fold.Data, fold.Fold.Train, JudgedBy, fold.Seed), fold.Seed, fold.Settings, fold.Cancellation);
        int trainings = trials + 3, finished = 0;

        List<string> failures = [];
        List<Trial> found = [];
        for (int number = 0; number <= trials; number++)
        {
            IReadOnlyDictionary<PropertyInfo, object?> point = number == 0 ? space.ReadFrom(OwnTraining.CreateOptions(task)) : space.Draw(random);
            long start = Stopwatch.GetTimestamp();
            TestScores? validation = Train(inner, point, number == 0 ? "defaults" : $"trial {number}");
            found.Add(new(number, point, validation, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }

        Trial? best = found.Where(trial => trial.Validation is not null).MinBy(trial => Loss(trial.Validation!));
        TestScores? defaultTest = Train(fold, found[0].Options, "defaults on all training rows");
        TestScores? bestTest = best is null or { Number: 0 } ? defaultTest : Train(fold, best.Options, "best options on all training rows");
        return new(found, best, defaultTest, bestTest, failures);

        TestScores? Train(Round round, IReadOnlyDictionary<PropertyInfo, object?> point, string name)
        {
            VariationalDropoutOptions options = OwnTraining.CreateOptions(task);
            foreach ((PropertyInfo property, object? value) in point)
                property.SetValue(options, value);
            try
            {
                OwnModel model = OwnTraining.Fit(round, options, round.Train, share => progress((finished + share) / trainings, name));
                return Scoring.Score(round, model.Sampling).Scores;
            }
            catch (Exception error) when (error is InvalidOperationException or ArgumentException)
            {
                // As in the comparison: the others go on, and the report says it.
                failures.Add($"{name} failed: {error.Message.ReplaceLineEndings(" ")}");
                return null;
            }
            finally
            {
                finished++;
            }
        }

        double Loss(TestScores scores)
        {
            Metric metric = Metric.Decisive(task);
            return metric.HigherIsBetter ? -scores.Figures[metric] : scores.Figures[metric];
        }
    }
}
