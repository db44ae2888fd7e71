using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using ModelComparison.Data;

namespace ModelComparison.Contestants;

/// <summary>One model, two ways to predict.</summary>
internal sealed record OwnModel(ITransformer Mean, ITransformer Sampling);

/// <summary>Trains with this library: the lines that a user would write.</summary>
internal static class OwnTraining
{
    public static VariationalDropoutOptions CreateOptions(LearningTask task) => task switch
    {
        LearningTask.Binary => new VariationalDropoutBinaryTrainer.Options(),
        LearningTask.Multiclass => new VariationalDropoutMulticlassTrainer.Options(),
        _ => new VariationalDropoutRegressionTrainer.Options(),
    };

    /// <param name="round">The fold, with what the user says about training.</param>
    /// <param name="options">Everything else; changed.</param>
    /// <param name="train">Rows to train on.</param>
    /// <param name="progress">Told the share of the work that is done.</param>
    public static OwnModel Fit(Round round, VariationalDropoutOptions options, IDataView train, Action<double> progress)
    {
        options.Seed = round.Seed;
        options.NumberOfThreads = round.Settings.Threads;
        options.NumberOfIterations = round.Settings.Iterations;
        options.CancellationToken = round.Cancellation;
        options.Progress = new Samples.SynchronousProgress<TrainingProgress>(state => progress((double)state.Iteration / state.NumberOfIterations));

        MLContext context = round.CreateContext();
        switch (options)
        {
            case VariationalDropoutBinaryTrainer.Options binary:
                VariationalDropoutBinaryPredictionTransformer two = context.BinaryClassification.Trainers.VariationalDropout(binary).Fit(train);
                return new(two.WithPosteriorMean(), two.WithSampling());
            case VariationalDropoutMulticlassTrainer.Options multiclass:
                VariationalDropoutMulticlassPredictionTransformer several = context.MulticlassClassification.Trainers.VariationalDropout(multiclass).Fit(train);
                return new(several.WithPosteriorMean(), several.WithSampling());
            case VariationalDropoutRegressionTrainer.Options regression:
                VariationalDropoutRegressionPredictionTransformer number = context.Regression.Trainers.VariationalDropout(regression).Fit(train);
                return new(number.WithPosteriorMean(), number.WithSampling());
            default:
                throw new ArgumentException($"There is no trainer for {options.GetType()}.", nameof(options));
        }
    }
}
