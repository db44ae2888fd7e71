using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout;

namespace QuickStart.Evaluation;

/// <summary>Chooses how a trained pipeline predicts. The weights are shared; nothing is trained again.</summary>
internal static class PredictionModeExtensions
{
    /// <summary>The classifier among the steps of a trained pipeline.</summary>
    public static VariationalDropoutMulticlassPredictionTransformer FindClassifier(this IEnumerable<ITransformer> pipeline)
        => pipeline.OfType<VariationalDropoutMulticlassPredictionTransformer>().Single();

    /// <summary>The same pipeline, with the classifier averaging over draws of the network.</summary>
    public static TransformerChain<ITransformer> WithSampling(this IEnumerable<ITransformer> pipeline, int samples, int seed)
        => new([.. pipeline.Select(step => step is VariationalDropoutMulticlassPredictionTransformer classifier ? classifier.WithSampling(samples, seed) : step)]);
}
