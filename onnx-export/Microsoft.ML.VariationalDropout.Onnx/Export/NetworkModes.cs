namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>This library's transformers among those of a pipeline, without their type arguments.</summary>
internal static class NetworkModes
{
    /// <summary>The model of one of this library's transformers; null for another one.</summary>
    public static VariationalDropoutModelParameters? ModelOf(ITransformer transformer) => transformer switch
    {
        VariationalDropoutMulticlassPredictionTransformer multiclass => multiclass.Model,
        VariationalDropoutBinaryPredictionTransformer binary => binary.Model,
        VariationalDropoutRegressionPredictionTransformer regression => regression.Model,
        VariationalDropoutMultiTargetRegressionPredictionTransformer targets => targets.Model,
        _ => null,
    };

    /// <summary>The graph of one of this library's transformers; null for another one.</summary>
    public static NetworkGraph? GraphOf(ITransformer transformer, ExportSettings settings) => transformer switch
    {
        VariationalDropoutMulticlassPredictionTransformer multiclass => GraphOf(multiclass, settings),
        VariationalDropoutBinaryPredictionTransformer binary => GraphOf(binary, settings) with { Threshold = binary.Threshold },
        VariationalDropoutRegressionPredictionTransformer regression => GraphOf(regression, settings),
        VariationalDropoutMultiTargetRegressionPredictionTransformer targets => GraphOf(targets, settings),
        _ => null,
    };

    /// <summary>One of this library's transformers in the mode whose columns the graph has; another one as it is.</summary>
    public static ITransformer Apply(ITransformer transformer, ExportSettings settings) => transformer switch
    {
        VariationalDropoutMulticlassPredictionTransformer multiclass => Apply(multiclass, settings),
        VariationalDropoutBinaryPredictionTransformer binary => Apply(binary, settings),
        VariationalDropoutRegressionPredictionTransformer regression => Apply(regression, settings),
        VariationalDropoutMultiTargetRegressionPredictionTransformer targets => Apply(targets, settings),
        _ => transformer,
    };

    public static NetworkGraph GraphOf<TSelf, TModel>(VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, ExportSettings settings)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
        => settings.GraphOf(transformer.Mode, transformer.NumberOfSamples, transformer.Seed);

    public static TSelf Apply<TSelf, TModel>(VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, ExportSettings settings)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        NetworkGraph graph = GraphOf(transformer, settings);
        return graph.Kind switch
        {
            NetworkGraphKind.Moments => transformer.WithMomentPropagation(),
            NetworkGraphKind.FrozenSamples or NetworkGraphKind.Sampling => transformer.WithSampling(graph.Samples, unchecked((int)graph.Seed)),
            _ => transformer.WithPosteriorMean(),
        };
    }
}
