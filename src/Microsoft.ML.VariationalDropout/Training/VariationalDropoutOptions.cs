using System.Text.Json.Serialization;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>What the variational-dropout trainers of every task have in common.</summary>
/// <remarks>
/// All options are properties, so that System.Text.Json, and with it AutoML, reads and writes them; <see cref="Progress"/> and
/// <see cref="CancellationToken"/> are left out. Values are checked when the trainer is created: one that is out of range is an
/// <see cref="ArgumentOutOfRangeException"/> that names the option, its value and the allowed range; two options that exclude each
/// other are an <see cref="ArgumentException"/> that says what to choose. The trainer takes a copy: later changes have no effect.
/// </remarks>
public abstract class VariationalDropoutOptions : TrainerInputBaseWithWeight
{
    private protected VariationalDropoutOptions()
    {
    }

    /// <summary>The name of the label column. Default "Label".</summary>
    public new string LabelColumnName
    {
        get => base.LabelColumnName;
        set => base.LabelColumnName = value;
    }

    /// <summary>The name of the feature column, a vector of known size of <see cref="float"/>. Default "Features".</summary>
    public new string FeatureColumnName
    {
        get => base.FeatureColumnName;
        set => base.FeatureColumnName = value;
    }

    /// <summary>
    /// The name of the column of example weights, a <see cref="float"/> above 0; weight 2 counts a row twice. Default
    /// <see langword="null"/>: every row weighs 1.
    /// </summary>
    public new string? ExampleWeightColumnName
    {
        get => base.ExampleWeightColumnName;
        set => base.ExampleWeightColumnName = value;
    }

    /// <summary>
    /// Units of each hidden layer, from the features on; empty for a linear model. Default { 128, 128 }. Each in [1, 65536], at most 64
    /// layers. Time and memory grow with the product of neighbouring sizes.
    /// </summary>
    public int[] HiddenLayerSizes { get; set; } = Defaults.HiddenLayerSizes;

    /// <summary>The nonlinearity of the hidden units. Default <see cref="Activation.Relu"/>.</summary>
    public Activation Activation { get; set; } = Defaults.Activation;

    /// <summary>
    /// The form of the noise on the weights. Default <see cref="WeightPosterior.CorrelatedWeightNoise"/>, which excludes the sharings
    /// <see cref="DropoutVarianceSharing.OutputUnit"/> and <see cref="DropoutVarianceSharing.Weight"/>.
    /// </summary>
    public WeightPosterior Posterior { get; set; } = Defaults.Posterior;

    /// <summary>
    /// Which weights of a layer share a learned dropout variance α. Default <see cref="DropoutVarianceSharing.InputUnit"/>.
    /// </summary>
    public DropoutVarianceSharing DropoutVarianceSharing { get; set; } = Defaults.Sharing;

    /// <summary>
    /// Where the dropout rate p = α / (1 + α) of the features starts. Default 0.2, in (0, 1). A start outside of the bounds on α is
    /// projected onto them.
    /// </summary>
    [Range(0.05, 0.45, 0.2)]
    public double InitialInputDropoutRate { get; set; } = Defaults.InitialInputDropoutRate;

    /// <summary>
    /// Where the dropout rate p = α / (1 + α) of the hidden units starts. Default 0.5, in (0, 1). A start outside of the bounds on α is
    /// projected onto them.
    /// </summary>
    [Range(0.05, 0.5, 0.5)]
    public double InitialHiddenDropoutRate { get; set; } = Defaults.InitialHiddenDropoutRate;

    /// <summary>The lower bound of α. Default 1e-4, in [1e-10, 1e10] and not above <see cref="MaximumDropoutVariance"/>.</summary>
    public double MinimumDropoutVariance { get; set; } = Defaults.MinimumDropoutVariance;

    /// <summary>
    /// The upper bound of α. Default 1 (the paper's: a dropout rate of one half), in [1e-10, 1e10]. A greater bound lets training switch
    /// units off altogether, and is not for <see cref="KullbackLeiblerForm.Polynomial"/>.
    /// </summary>
    public double MaximumDropoutVariance { get; set; } = Defaults.MaximumDropoutVariance;

    /// <summary>How the Kullback-Leibler divergence is computed. Default <see cref="KullbackLeiblerForm.Exact"/>.</summary>
    public KullbackLeiblerForm KullbackLeiblerForm { get; set; } = Defaults.KullbackLeiblerForm;

    /// <summary>
    /// The weight of the Kullback-Leibler divergence in the objective, once warmed up. Default 1, the evidence lower bound; in
    /// [0, 1e6]. The paper's A2 is 1/3. The scaling by the number of rows is done inside.
    /// </summary>
    [Range(0.1, 1.0, 1.0)]
    public double KullbackLeiblerScale { get; set; } = Defaults.KullbackLeiblerScale;

    /// <summary>
    /// Iterations over which the weight of the divergence rises linearly from 0. Default 0: the full weight from the start; 0 or more.
    /// </summary>
    public int KullbackLeiblerWarmUpIterations { get; set; } = Defaults.KullbackLeiblerWarmUpIterations;

    /// <summary>Passes over the training set. Default 50, 1 or more.</summary>
    [Range(10, 200, 50)]
    public int NumberOfIterations { get; set; } = Defaults.NumberOfIterations;

    /// <summary>Rows of a minibatch, one step of the optimiser each. Default 128, in [1, 1048576].</summary>
    [Range(16, 1024, 128, true)]
    public int BatchSize { get; set; } = Defaults.BatchSize;

    /// <summary>Whether the rows are visited in a new random order in every iteration. Default <see langword="true"/>.</summary>
    public bool Shuffle { get; set; } = Defaults.Shuffle;

    /// <summary>
    /// The step size of Adam. Default 1e-3, in [1e-10, 10]. Too large a rate makes the loss diverge: training then stops with the last
    /// good parameters and says so.
    /// </summary>
    [Range(1e-4, 1e-2, 1e-3, true)]
    public double LearningRate { get; set; } = Defaults.LearningRate;

    /// <summary>How the learning rate changes over the iterations. Default <see cref="LearningRateSchedule.LinearDecay"/>.</summary>
    public LearningRateSchedule LearningRateSchedule { get; set; } = Defaults.LearningRateSchedule;

    /// <summary>Decay of Adam's mean of the gradients. Default 0.9, in [0, 1).</summary>
    public double Beta1 { get; set; } = Defaults.Beta1;

    /// <summary>Decay of Adam's mean of the squared gradients. Default 0.999, in [0, 1).</summary>
    public double Beta2 { get; set; } = Defaults.Beta2;

    /// <summary>Added to the root of Adam's mean of the squared gradients. Default 1e-8, in [1e-20, 1].</summary>
    public double Epsilon { get; set; } = Defaults.Epsilon;

    /// <summary>
    /// Whether to keep, and predict with, the exponential average of the parameters over the steps (decay <see cref="Beta2"/>), as the
    /// paper does. Default <see langword="false"/>.
    /// </summary>
    public bool ParameterAveraging { get; set; } = Defaults.ParameterAveraging;

    /// <summary>
    /// Whether features are shifted and scaled to mean 0 and variance 1 over the training set; the scaling is saved with the model.
    /// Default <see langword="true"/>. Turn it off for features that are already of comparable scale, or that are sparse on purpose.
    /// Continued training keeps the scaling of the previous model.
    /// </summary>
    public bool StandardizeFeatures { get; set; } = Defaults.StandardizeFeatures;

    /// <summary>
    /// Share of the rows kept out of training for the validation metric when no validation set is given. Default 0 for none, in [0, 1);
    /// early stopping needs one.
    /// </summary>
    public double ValidationSetFraction { get; set; } = Defaults.ValidationSetFraction;

    /// <summary>
    /// Iterations without a better validation metric after which training ends. Default 0: never before
    /// <see cref="NumberOfIterations"/>; 0 or more. Above 0 the parameters of the best iteration are restored; that needs a validation
    /// set.
    /// </summary>
    public int EarlyStoppingPatience { get; set; } = Defaults.EarlyStoppingPatience;

    /// <summary>
    /// Threads that train. Default <see langword="null"/>: as many as there are processors; in [1, 1024]. The result is the same, bit
    /// for bit, for every number of threads.
    /// </summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// The seed of the start values, the order of rows and the noise. Default <see langword="null"/>: drawn from the context, so that
    /// <c>new MLContext(seed)</c> makes it reproducible.
    /// </summary>
    public int? Seed { get; set; }

    /// <summary>Told the figures of every iteration, on the thread that trains. Default <see langword="null"/>.</summary>
    [JsonIgnore]
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>
    /// Cancels the training between two steps; <c>Fit</c> then throws <see cref="OperationCanceledException"/>. Default
    /// <see cref="CancellationToken.None"/>.
    /// </summary>
    [JsonIgnore]
    public CancellationToken CancellationToken { get; set; }

    /// <summary>A copy that later changes of this object do not reach.</summary>
    internal VariationalDropoutOptions Snapshot()
    {
        var copy = (VariationalDropoutOptions)MemberwiseClone();
        copy.HiddenLayerSizes = [.. HiddenLayerSizes];
        return copy;
    }
}
