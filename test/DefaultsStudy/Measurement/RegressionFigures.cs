namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>Log-likelihood and error of a regression.</summary>
internal static class RegressionFigures
{
    /// <summary>Of a model that knows a density.</summary>
    public static Figures Of(MLContext context, VariationalDropoutRegressionPredictionTransformer model, IDataView test) => new()
    {
        [Metric.LogLikelihood] = model.GetLogLikelihood(test),
        [Metric.RootMeanSquaredError] = context.Regression.Evaluate(model.Transform(test)).RootMeanSquaredError,
    };

    /// <summary>Of a model that predicts a number alone: it is given a Gaussian of one variance, that of its training residuals.</summary>
    public static Figures OfNumbers(MLContext context, ITransformer model, IDataView train, IDataView test)
    {
        double variance = MeanSquaredError(train), squaredError = MeanSquaredError(test);
        return new()
        {
            [Metric.LogLikelihood] = -0.5 * (Math.Log(2 * Math.PI * variance) + (squaredError / variance)),
            [Metric.RootMeanSquaredError] = Math.Sqrt(squaredError),
        };

        double MeanSquaredError(IDataView rows) => context.Regression.Evaluate(model.Transform(rows)).MeanSquaredError;
    }
}
