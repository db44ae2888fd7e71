using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Interop;
using Microsoft.ML.Trainers.VariationalDropout.Network;

[assembly: LoadableClass(
    typeof(VariationalDropoutMulticlassModelParameters),
    null,
    typeof(SignatureLoadModel),
    "Variational dropout multiclass classifier",
    VariationalDropoutMulticlassModelParameters.LoaderSignature)]

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of <see cref="VariationalDropoutMulticlassTrainer"/>. Immutable, and safe to use from many threads.</summary>
/// <remarks>
/// Layers are counted from 0, from the features on; the last one has an output per class. Not disposable on purpose: transformers made
/// by <c>With…()</c> share it.
/// </remarks>
public sealed class VariationalDropoutMulticlassModelParameters : ModelParametersBase<VBuffer<float>>, IValueMapper
{
    internal const string LoaderSignature = "VarDropoutMulticlass";

    private readonly VectorDataViewType _inputType;
    private readonly VectorDataViewType _outputType;

    internal VariationalDropoutMulticlassModelParameters(IHostEnvironment env, TrainedNetwork network)
        : base(env, LoaderSignature)
    {
        Network = network;
        _inputType = new VectorDataViewType(NumberDataViewType.Single, network.Architecture.InputSize);
        _outputType = new VectorDataViewType(NumberDataViewType.Single, network.Architecture.OutputSize);
    }

    private VariationalDropoutMulticlassModelParameters(IHostEnvironment env, ModelLoadContext ctx)
        : base(env, LoaderSignature, ctx)
    {
        try
        {
            Network = ModelFile.Read(ctx.Reader.BaseStream);
        }
        catch (InvalidDataException exception)
        {
            // Marked as ML.NET's own errors are; what Model.Load throws then wraps it as it wraps those.
            throw Host.Process(exception);
        }

        _inputType = new VectorDataViewType(NumberDataViewType.Single, Network.Architecture.InputSize);
        _outputType = new VectorDataViewType(NumberDataViewType.Single, Network.Architecture.OutputSize);
    }

    /// <summary>Number of features.</summary>
    public int FeatureCount => Network.Architecture.InputSize;

    /// <summary>Number of classes.</summary>
    public int NumberOfClasses => Network.Architecture.OutputSize;

    /// <summary>Units of each hidden layer.</summary>
    public IReadOnlyList<int> HiddenLayerSizes => [.. Network.Architecture.HiddenLayerSizes];

    /// <summary>Features, units of each hidden layer, classes: one more number than there are layers of weights.</summary>
    public IReadOnlyList<int> LayerSizes => [FeatureCount, .. Network.Architecture.HiddenLayerSizes, NumberOfClasses];

    /// <summary>Weights, biases and dropout variances, all that was learned.</summary>
    public long ParameterCount => Network.ParameterCount;

    /// <summary>For each layer of weights: the mean of its learned dropout rates α / (1 + α), in (0, 1).</summary>
    public IReadOnlyList<double> MeanDropoutRates => [.. Network.Layers.Select(layer => layer.MeanDropoutRate(Network.Architecture.Posterior))];

    /// <summary>
    /// The weighted sum of log p(label | features) over the rows in the pass <see cref="BestIteration"/>, each with one draw of the noise, in nats.
    /// </summary>
    public double ExpectedLogLikelihood => Network.Summary.ExpectedLogLikelihood;

    /// <summary>The Kullback-Leibler divergence of the posterior from the prior, in nats; 0 or more.</summary>
    public double KullbackLeibler => Network.Summary.KullbackLeibler;

    /// <summary><see cref="ExpectedLogLikelihood"/> minus <see cref="KullbackLeibler"/>, in nats.</summary>
    public double EvidenceLowerBound => Network.Summary.EvidenceLowerBound;

    /// <summary>Rows that were trained on, without skipped and validation rows.</summary>
    public long TrainingRows => Network.Summary.Rows;

    /// <summary>Passes over the training set that were made.</summary>
    public int Iterations => Network.Summary.Iterations;

    /// <summary>The pass whose parameters these are, counted from 1.</summary>
    public int BestIteration => Network.Summary.BestIteration;

    internal TrainedNetwork Network { get; }

    DataViewType IValueMapper.InputType => _inputType;

    DataViewType IValueMapper.OutputType => _outputType;

    private protected override PredictionKind PredictionKind => PredictionKind.MulticlassClassification;

    /// <summary>The learned dropout rates α / (1 + α) of a layer.</summary>
    /// <param name="layer">The layer, in [0, number of hidden layers].</param>
    /// <returns>One rate, or one per input unit, per output unit or per weight (row-major, inputs × outputs), as the sharing has it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public IReadOnlyList<double> GetDropoutRates(int layer)
        => [.. Layer(layer).DropoutRates(Network.Architecture.Posterior)];

    /// <summary>The posterior means of a layer's weights.</summary>
    /// <param name="layer">The layer, in [0, number of hidden layers].</param>
    /// <returns>Row-major, inputs × outputs: the weight of input i and output j is at [i × outputs + j].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<float> GetWeights(int layer) => Layer(layer).Weights;

    /// <summary>The biases of a layer; they carry no noise.</summary>
    /// <param name="layer">The layer, in [0, number of hidden layers].</param>
    /// <returns>One bias per output.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public ReadOnlySpan<float> GetBiases(int layer) => Layer(layer).Biases;

    /// <summary>A summary of a few lines: sizes, parameters, dropout rates and the figures of the training.</summary>
    /// <returns>The summary.</returns>
    public override string ToString()
    {
        NetworkArchitecture architecture = Network.Architecture;
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"Variational dropout classifier {string.Join('-', LayerSizes)}: {ParameterCount} parameters");
        Line($"  {architecture.Activation}, {architecture.Posterior}, a dropout variance per {architecture.Sharing}, features {(Network.Scaling is null ? "as they are" : "standardised")}");
        for (int layer = 0; layer < Network.Layers.Count; layer++)
            Line($"  layer {layer}: {architecture.InputsOf(layer)} x {architecture.OutputsOf(layer)}, mean dropout rate {Network.Layers[layer].MeanDropoutRate(architecture.Posterior):F3}");
        Line($"  trained on {TrainingRows} rows in {Iterations} iterations (parameters of iteration {BestIteration})");
        text.Append(CultureInfo.InvariantCulture, $"  expected log-likelihood {ExpectedLogLikelihood:G6}, KL {KullbackLeibler:G6}, ELBO {EvidenceLowerBound:G6}");
        return text.ToString();
    }

    ValueMapper<TSrc, TDst> IValueMapper.GetMapper<TSrc, TDst>()
    {
        Host.Check(typeof(TSrc) == typeof(VBuffer<float>), "Invalid source type in GetMapper");
        Host.Check(typeof(TDst) == typeof(VBuffer<float>), "Invalid destination type in GetMapper");

        var block = new ScoreBlock(Network, PredictionSettings.PosteriorMean, 1);
        ValueMapper<VBuffer<float>, VBuffer<float>> map = (in VBuffer<float> source, ref VBuffer<float> destination) =>
        {
            Host.Check(source.Length == FeatureCount, "The feature vector is of the wrong size");
            if (source.IsDense)
                block.Features.Set(0, source.GetValues());
            else
                block.Features.Set(0, source.GetIndices(), source.GetValues());
            block.Score(1);
            VBufferEditor<float> editor = VBufferEditor.Create(ref destination, NumberOfClasses);
            block.Predictions.Scores.CopyTo(editor.Values);
            destination = editor.Commit();
        };
        return (ValueMapper<TSrc, TDst>)(Delegate)map;
    }

    internal static VariationalDropoutMulticlassModelParameters Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.ThrowIfUnsupported();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        return new VariationalDropoutMulticlassModelParameters(env, ctx);
    }

    private protected override void SaveCore(ModelSaveContext ctx)
    {
        base.SaveCore(ctx);
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.Writer.Flush();
        ModelFile.Write(ctx.Writer.BaseStream, Network);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "VARDRPMC",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(VariationalDropoutMulticlassModelParameters).Assembly.GetName().Name);

    private TrainedLayer Layer(int layer)
    {
        OptionsValidation.CheckRange(nameof(layer), layer, 0, Network.Layers.Count - 1);
        return Network.Layers[layer];
    }
}
