using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests;

/// <summary>A trained pipeline, and the same in other modes.</summary>
internal sealed class TrainedTask
{
    private readonly Func<OnnxGraphKind, int?, int?, ITransformer> _inMode;

    private TrainedTask(ITransformer model, ITransformer network, TargetScaling? targets, Func<OnnxGraphKind, int?, int?, ITransformer> inMode, Action<Stream, OnnxExportOptions?> exportNetwork)
    {
        Model = model;
        Network = network;
        Targets = targets;
        ExportNetwork = exportNetwork;
        _inMode = inMode;
    }

    public ITransformer Model { get; }

    /// <summary>The predictor alone.</summary>
    public ITransformer Network { get; }

    public Action<Stream, OnnxExportOptions?> ExportNetwork { get; }

    /// <summary>The units of a regression.</summary>
    public TargetScaling? Targets { get; }

    public static TrainedTask Create<TSelf>(TransformerChain<TSelf> chain, params ITransformer[] after)
        where TSelf : class, ITransformer
        => chain.LastTransformer switch
        {
            VariationalDropoutMulticlassPredictionTransformer multiclass => Create(chain, multiclass, after),
            VariationalDropoutBinaryPredictionTransformer binary => Create(chain, binary, after),
            VariationalDropoutRegressionPredictionTransformer regression => Create(chain, regression, after),
            VariationalDropoutMultiTargetRegressionPredictionTransformer targets => Create(chain, targets, after),
            _ => throw new NotSupportedException(),
        };

    public ITransformer InMode(OnnxGraphKind kind, int? samples, int? seed) => _inMode(kind, samples, seed);

    private static TrainedTask Create<TSelf, TModel>(IEnumerable<ITransformer> chain, VariationalDropoutPredictionTransformer<TSelf, TModel> network, ITransformer[] after)
        where TSelf : VariationalDropoutPredictionTransformer<TSelf, TModel>
        where TModel : VariationalDropoutModelParameters
    {
        ITransformer Join(ITransformer predictor) => new TransformerChain<ITransformer>([.. chain.SkipLast(1), predictor, .. after]);

        return new TrainedTask(
            Join(network),
            network,
            network.Model.Network.Targets,
            (kind, samples, seed) => Join(kind switch
            {
                OnnxGraphKind.Moments => network.WithMomentPropagation(),
                OnnxGraphKind.FrozenSamples or OnnxGraphKind.Sampling => network.WithSampling(samples ?? 50, seed ?? 0),
                _ => network.WithPosteriorMean(),
            }),
            (stream, options) => network.ExportNetworkToOnnx(stream, options));
    }
}
