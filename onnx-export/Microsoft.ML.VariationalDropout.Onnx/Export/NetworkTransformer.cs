namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>One of this library's transformers, without its type arguments, in the mode whose columns its graph has.</summary>
/// <param name="Transformer">The transformer.</param>
/// <param name="Model">Its model.</param>
/// <param name="FeatureColumnName">The column that it reads.</param>
/// <param name="Graph">What its nodes compute.</param>
internal sealed record NetworkTransformer(ITransformer Transformer, VariationalDropoutModelParameters Model, string FeatureColumnName, NetworkGraph Graph)
{
    public static bool Is(ITransformer transformer) => transformer is IPredictionTransformer<VariationalDropoutModelParameters>;

    /// <summary>Null for a transformer that is none of this library's.</summary>
    public static NetworkTransformer? Find(ITransformer transformer, ExportSettings settings) => transformer switch
    {
        VariationalDropoutMulticlassPredictionTransformer multiclass => Create(multiclass, settings),
        VariationalDropoutBinaryPredictionTransformer binary => Create(binary, settings),
        VariationalDropoutRegressionPredictionTransformer regression => Create(regression, settings),
        VariationalDropoutMultiTargetRegressionPredictionTransformer targets => Create(targets, settings),
        _ => null,
    };

    public static NetworkTransformer Create<TSelf, TModel>(VariationalDropoutPredictionTransformer<TSelf, TModel> transformer, ExportSettings settings)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        NetworkGraph graph = settings.GraphOf(transformer.Mode, transformer.NumberOfSamples, transformer.Seed);
        if (transformer is VariationalDropoutBinaryPredictionTransformer binary)
            graph = graph with { Threshold = binary.Threshold };
        TSelf inMode = graph.Kind switch
        {
            NetworkGraphKind.Moments => transformer.WithMomentPropagation(),
            NetworkGraphKind.FrozenSamples or NetworkGraphKind.Sampling => transformer.WithSampling(graph.Samples, unchecked((int)graph.Seed)),
            _ => transformer.WithPosteriorMean(),
        };
        return new NetworkTransformer(inMode, inMode.Model, inMode.FeatureColumnName, graph);
    }

    /// <summary>Adds the nodes of the network.</summary>
    public NetworkOutputs Emit(OnnxModelContext context) => NetworkEmitter.Emit(context, Model.Network, context.GetVariableName(FeatureColumnName), Graph);
}
