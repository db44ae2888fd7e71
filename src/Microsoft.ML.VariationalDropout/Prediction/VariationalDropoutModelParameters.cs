using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The trained network of any task. Immutable, and safe to use from many threads.</summary>
/// <remarks>
/// Layers are counted from 0, from the features on; the last one makes the outputs. Not disposable on purpose: transformers made by
/// <c>With…()</c> share it. ML.NET sees a model that produces a vector; those whose score is one number say so beside it.
/// </remarks>
public abstract class VariationalDropoutModelParameters : ModelParametersBase<VBuffer<float>>, IValueMapper
{
    private readonly SavedComponent _component;

    private protected VariationalDropoutModelParameters(IHostEnvironment env, SavedComponent component, TrainedNetwork network)
        : base(env, component.LoaderSignature)
    {
        _component = component;
        Network = network;
    }

    private protected VariationalDropoutModelParameters(IHostEnvironment env, SavedComponent component, ModelLoadContext ctx, params Likelihood[] likelihoods)
        : base(env, component.LoaderSignature, ctx)
    {
        _component = component;
        try
        {
            Network = ModelFile.Read(ctx.Reader.BaseStream);
            if (!likelihoods.Contains(Network.Architecture.Likelihood))
                throw new InvalidDataException($"The saved network is damaged: its likelihood {Network.Architecture.Likelihood} is not one of {GetType().Name}.");
        }
        catch (InvalidDataException exception)
        {
            // Marked as ML.NET's own errors are; what Model.Load throws then wraps it as it wraps those.
            throw Host.Process(exception);
        }
    }

    /// <summary>Number of features.</summary>
    public int FeatureCount => Network.FeatureCount;

    /// <summary>Units of each hidden layer.</summary>
    public IReadOnlyList<int> HiddenLayerSizes => [.. Network.Architecture.HiddenLayerSizes];

    /// <summary>
    /// Inputs of the network, units of each hidden layer, outputs: one more number than there are layers of weights. There is an output per
    /// class; one for two classes; one per target, or two with a noise of its own for every row.
    /// </summary>
    public IReadOnlyList<int> LayerSizes => [Network.Architecture.InputSize, .. Network.Architecture.HiddenLayerSizes, Network.Architecture.OutputSize];

    /// <summary>
    /// For each input of the network the feature that it is made of: all features in their order, then, feature by feature, the bins that some are cut into
    /// (<see cref="VariationalDropoutOptions.MaximumBinCountPerFeature"/>), from the lowest on. What pruning removed is left out.
    /// </summary>
    public IReadOnlyList<int> InputFeatures => [.. Network.InputFeatures ?? Enumerable.Range(0, FeatureCount)];

    /// <summary>Weights, biases, dropout variances and noise variances, all that was learned.</summary>
    public long ParameterCount => Network.ParameterCount;

    /// <summary>The posterior over the weights.</summary>
    public WeightPosterior Posterior => Network.Architecture.Posterior;

    /// <summary>The prior over the weights: evidence lower bounds compare models of one prior alone.</summary>
    public WeightPrior Prior => Network.Summary.Prior;

    /// <summary>Whether the model was pruned.</summary>
    public bool IsPruned => Network.Pruning is not null;

    /// <summary>Weights that the model was trained with, without biases and variances.</summary>
    public long NumberOfWeights => Network.OriginalWeights;

    /// <summary>Weights that are left and not 0; all that are not 0 of a model that was not pruned.</summary>
    public long NumberOfSurvivingWeights => Network.CountWeights().Sum(layer => layer.Surviving);

    /// <summary><see cref="NumberOfWeights"/> ÷ <see cref="NumberOfSurvivingWeights"/>: the figure that papers report.</summary>
    public double Compression => Network.Compression;

    /// <summary>
    /// <see cref="NumberOfWeights"/> ÷ the weights, zeros included, of the layers that are left once units and features are removed: what memory and time shrink by.
    /// </summary>
    public double DenseCompression => Network.DenseCompression;

    /// <summary>
    /// For each layer of weights: the mean of its dropout rates α / (1 + α), in [0, 1]; of the posterior
    /// <see cref="WeightPosterior.Gaussian"/> that of σ² / (σ² + θ²), 0 without noise.
    /// </summary>
    public IReadOnlyList<double> MeanDropoutRates => [.. Network.Layers.Select(layer => layer.MeanDropoutRate(Network.Architecture.Posterior))];

    /// <summary>
    /// The weighted sum of log p(label | features) over the rows in the pass <see cref="BestIteration"/>, each with one draw of the noise, in
    /// nats; of a regression the logarithm of a density in the label's units.
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

    /// <summary>Numbers that scoring a row keeps in memory, roughly.</summary>
    internal int RowSize => Math.Max(Network.Architecture.HasSparseInputs ? 1 : FeatureCount, Network.Architecture.OutputSize);

    /// <summary>One of <see cref="AnnotationUtils.Const.ScoreColumnKind"/>.</summary>
    internal abstract string ScoreColumnKind { get; }

    DataViewType IValueMapper.InputType => new VectorDataViewType(NumberDataViewType.Single, FeatureCount);

    DataViewType IValueMapper.OutputType => ScoreType;

    /// <summary>What it is called in <see cref="ToString"/>.</summary>
    private protected abstract string Description { get; }

    private protected virtual DataViewType ScoreType => NumberDataViewType.Single;

    /// <summary>The dropout rates α / (1 + α) of a layer; σ² / (σ² + θ²) of the posterior <see cref="WeightPosterior.Gaussian"/>.</summary>
    /// <param name="layer">The layer, in [0, number of hidden layers].</param>
    /// <returns>
    /// One rate, or one per input unit, per output unit or per weight (row-major, inputs × outputs), as the sharing has it; none without noise.
    /// </returns>
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

        Line($"Variational dropout {Description} {string.Join('-', LayerSizes)}: {ParameterCount} parameters");
        Line($"  {architecture.Activation}, {architecture.Posterior}, {DescribeVariances(architecture)}, features {DescribeScaling(Network.Scaling)}{DescribeBins(Network)}");
        for (int layer = 0; layer < Network.Layers.Count; layer++)
            Line($"  layer {layer}: {architecture.InputsOf(layer)} x {architecture.OutputsOf(layer)}, mean dropout rate {Network.Layers[layer].MeanDropoutRate(architecture.Posterior):F3}");
        if (IsPruned)
            Line($"  pruned: {NumberOfSurvivingWeights} of {NumberOfWeights} weights survive (compression {Compression:F1}), {Network.DenseWeights} in dense layers (compression {DenseCompression:F1}), {Network.InputFeatures?.Distinct().Count() ?? FeatureCount} of {FeatureCount} features");
        Line($"  {(IsPruned ? "before pruning: " : "")}trained on {TrainingRows} rows in {Iterations} iterations (parameters of iteration {BestIteration})");
        text.Append(CultureInfo.InvariantCulture, $"  expected log-likelihood {ExpectedLogLikelihood:G6}, KL {KullbackLeibler:G6}, ELBO {EvidenceLowerBound:G6}");
        return text.ToString();
    }

    ValueMapper<TSrc, TDst> IValueMapper.GetMapper<TSrc, TDst>()
    {
        Host.Check(typeof(TSrc) == typeof(VBuffer<float>), "Invalid source type in GetMapper");
        Host.Check(typeof(TDst) == ScoreType.RawType, "Invalid destination type in GetMapper");
        var block = new ScoreBlock(Network, PredictionSettings.PosteriorMean, 1, "The feature vector");
        float[] scores = Scores(block.Predictions);
        Delegate map = ScoreType is VectorDataViewType
            ? (ValueMapper<VBuffer<float>, VBuffer<float>>)((in VBuffer<float> source, ref VBuffer<float> destination) =>
            {
                Score(in source);
                VBufferEditor<float> editor = VBufferEditor.Create(ref destination, scores.Length);
                scores.CopyTo(editor.Values);
                destination = editor.Commit();
            })
            : (ValueMapper<VBuffer<float>, float>)((in VBuffer<float> source, ref float destination) =>
            {
                Score(in source);
                destination = scores[0];
            });
        return (ValueMapper<TSrc, TDst>)map;

        void Score(in VBuffer<float> source)
        {
            block.SetFeatures(0, in source);
            block.Score(1);
        }
    }

    /// <summary>The columns that scoring adds, in their order.</summary>
    /// <param name="settings">How predictions are made.</param>
    /// <param name="trainingLabel">The label column of the training set, which names classes or targets; or null.</param>
    internal abstract IEnumerable<ScoreColumn> CreateScoreColumns(PredictionSettings settings, DataViewSchema.Column? trainingLabel);

    /// <summary>What the column <c>Score</c> has in a block: [rows × numbers of a row].</summary>
    private protected virtual float[] Scores(Predictions predictions) => predictions.Scores;

    private protected sealed override void SaveCore(ModelSaveContext ctx)
    {
        base.SaveCore(ctx);
        ctx.SetVersionInfo(_component.CreateVersionInfo());
        ctx.Writer.Flush();
        ModelFile.Write(ctx.Writer.BaseStream, Network);
    }

    private static string DescribeVariances(NetworkArchitecture architecture) => architecture.Posterior switch
    {
        WeightPosterior.Gaussian => "a variance per weight",
        WeightPosterior.None => "no noise",
        _ when !architecture.Posterior.IsLearned() => "a given rate per layer",
        _ => $"a dropout variance per {architecture.Sharing}",
    };

    private static string DescribeScaling(FeatureScaling? scaling) => scaling switch
    {
        null => "as they are",
        { OutlierThreshold: 0 } => "standardised",
        _ => string.Create(CultureInfo.InvariantCulture, $"standardised, compressed beyond {scaling.OutlierThreshold} standard deviations"),
    };

    private static string DescribeBins(TrainedNetwork network)
        => network.InputFeatures?.CountBy(feature => feature).Count(inputs => inputs.Value > 1) is > 0 and int count
            ? string.Create(CultureInfo.InvariantCulture, $", {count} of them in bins too")
            : "";

    private TrainedLayer Layer(int layer)
    {
        OptionsValidation.CheckRange(nameof(layer), layer, 0, Network.Layers.Count - 1);
        return Network.Layers[layer];
    }
}
