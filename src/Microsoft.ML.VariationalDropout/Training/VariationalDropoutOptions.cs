using System.Text.Json.Serialization;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.Trainers.VariationalDropout.Network;

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
    /// Units of each hidden layer, from the features on; empty for a linear model. Default { 64, 64 }. Each in [1, 65536], at most 64
    /// layers. Time and memory grow with the product of neighbouring sizes.
    /// </summary>
    public int[] HiddenLayerSizes { get; set; } = Defaults.HiddenLayerSizes;

    /// <summary>The nonlinearity of the hidden units. Default <see cref="Activation.Gelu"/>.</summary>
    public Activation Activation { get; set; } = Defaults.Activation;

    /// <summary>
    /// The form of the noise on the weights. Default <see langword="null"/>: <see cref="WeightPosterior.Gaussian"/>, a dropout rate for every weight; but in
    /// regression <see cref="WeightPosterior.CorrelatedWeightNoise"/>, one for every unit, where rows are held sparse (more than 512 features, at most a quarter of
    /// them not zero) and <see cref="Prior"/>, <see cref="PriorVariance"/> and <see cref="DropoutVarianceSharing"/> are left out too. It decides which values of
    /// <see cref="Prior"/>, <see cref="DropoutVarianceSharing"/> and <see cref="GradientEstimator"/> there are; the defaults of those fit
    /// every posterior.
    /// </summary>
    public WeightPosterior? Posterior { get; set; }

    /// <summary>
    /// Which weights of a layer share a learned variance. Default <see langword="null"/>, what fits the posterior:
    /// <see cref="DropoutVarianceSharing.InputUnit"/> for correlated and independent noise, <see cref="DropoutVarianceSharing.Weight"/> for
    /// <see cref="WeightPosterior.Gaussian"/>, <see cref="DropoutVarianceSharing.Layer"/> for given rates. Correlated noise excludes
    /// <see cref="DropoutVarianceSharing.OutputUnit"/> and <see cref="DropoutVarianceSharing.Weight"/>.
    /// </summary>
    public DropoutVarianceSharing? DropoutVarianceSharing { get; set; }

    /// <summary>
    /// The prior over the weights. Default <see langword="null"/>, what fits the posterior: <see cref="WeightPrior.LogUniform"/> for correlated
    /// and independent noise; for <see cref="WeightPosterior.Gaussian"/> <see cref="WeightPrior.LogUniform"/> in classification and
    /// <see cref="WeightPrior.Gaussian"/> in regression; <see cref="WeightPrior.None"/> where nothing is learned. Evidence lower bounds of different priors are not comparable.
    /// </summary>
    public WeightPrior? Prior { get; set; }

    /// <summary>
    /// The variance τ² of <see cref="WeightPrior.Gaussian"/>, in squares of the weights' unit (features standardised or as they are). Default
    /// <see langword="null"/>: chosen for each layer by empirical Bayes; in [1e-10, 1e10]. Only with that prior.
    /// </summary>
    public double? PriorVariance { get; set; }

    /// <summary>
    /// What a training step draws. Default <see langword="null"/>: <see cref="GradientEstimator.LocalReparameterization"/>, or
    /// <see cref="GradientEstimator.None"/> for <see cref="WeightPosterior.None"/>. The others are for comparison.
    /// </summary>
    public GradientEstimator? GradientEstimator { get; set; }

    /// <summary>
    /// Where the dropout rate p = α / (1 + α) of the features starts; with a posterior of given rates, that rate. Default 0.2, in (0, 1). A
    /// start outside of the bounds on α is projected onto them. Continued training keeps the rates of the previous model, and refuses another
    /// given rate unless it is the default. Not read with <see cref="WeightPosterior.Gaussian"/>.
    /// </summary>
    [Range(0.05, 0.45, 0.2)]
    public double InitialInputDropoutRate { get; set; } = Defaults.InitialInputDropoutRate;

    /// <summary>
    /// Where the dropout rate p = α / (1 + α) of the hidden units starts; with a posterior of given rates, that rate. Default 0.5, in (0, 1).
    /// A start outside of the bounds on α is projected onto them. Continued training keeps the rates of the previous model, and refuses another
    /// given rate unless it is the default. Not read with <see cref="WeightPosterior.Gaussian"/>.
    /// </summary>
    [Range(0.05, 0.5, 0.5)]
    public double InitialHiddenDropoutRate { get; set; } = Defaults.InitialHiddenDropoutRate;

    /// <summary>
    /// The lower bound of a learned α. Default 1e-4, in [1e-10, 1e10] and not above <see cref="MaximumDropoutVariance"/>. Not read with
    /// <see cref="WeightPosterior.Gaussian"/>.
    /// </summary>
    public double MinimumDropoutVariance { get; set; } = Defaults.MinimumDropoutVariance;

    /// <summary>
    /// The upper bound of a learned α. Default 1 (the paper's: a dropout rate of one half), in [1e-10, 1e10]. A greater bound lets training
    /// switch units off altogether, and is not for <see cref="KullbackLeiblerForm.Polynomial"/>. Not read with
    /// <see cref="WeightPosterior.Gaussian"/>, whose α is bounded by nothing.
    /// </summary>
    public double MaximumDropoutVariance { get; set; } = Defaults.MaximumDropoutVariance;

    /// <summary>
    /// How the Kullback-Leibler divergence from <see cref="WeightPrior.LogUniform"/> is computed. Default
    /// <see cref="KullbackLeiblerForm.Exact"/>; the others are for that prior with correlated or independent noise alone.
    /// </summary>
    public KullbackLeiblerForm KullbackLeiblerForm { get; set; } = Defaults.KullbackLeiblerForm;

    /// <summary>
    /// The weight of the Kullback-Leibler divergence in the objective, once warmed up. Default 1, the evidence lower bound, in classification,
    /// and 0.5 in regression; in [0, 1e6]. The paper's A2 is 1/3. The scaling by the number of rows is done inside.
    /// </summary>
    [Range(0.1, 1.0, 1.0)]
    public double KullbackLeiblerScale { get; set; } = Defaults.KullbackLeiblerScale;

    /// <summary>
    /// Iterations over which the weight of the divergence rises linearly from 0; 0 or more, 0 for the full weight from the start. Default
    /// <see langword="null"/>: half of the iterations, but at most 200, in regression with <see cref="WeightPosterior.Gaussian"/> that does not continue a previous
    /// model, 0 otherwise. From <see cref="NumberOfIterations"/> on the full weight is never reached; a warning says so.
    /// </summary>
    public int? KullbackLeiblerWarmUpIterations { get; set; }

    /// <summary>
    /// Of the warm-up's iterations, how many have no divergence at all before its weight begins to rise. Default 0; 0 or more, and not above
    /// <see cref="KullbackLeiblerWarmUpIterations"/>. Molchanov, Ashukha and Vetrov (2017) sparsify with 5 of 20.
    /// </summary>
    public int KullbackLeiblerWarmUpStart { get; set; } = Defaults.KullbackLeiblerWarmUpStart;

    /// <summary>
    /// Passes over the training set, 1 or more. Default <see langword="null"/>: as many as make 20,000 steps, but at least 5 and at most 2,000; 2,000 for
    /// 300 rows, 213 for 6,000 and 35 for 300,000. The learning rate falls over them.
    /// </summary>
    public int? NumberOfIterations { get; set; }

    /// <summary>
    /// Rows of a minibatch, one step of the optimiser each, in [1, 1048576]. Default <see langword="null"/>: the greatest power of two that is at most a 64th of
    /// the rows, but at least 32 and at most 512.
    /// </summary>
    public int? BatchSize { get; set; }

    /// <summary>
    /// Whether the rows are visited in a new random order in every iteration. Default <see langword="true"/>; else in the order of the data. Up to 16 MB of
    /// rows (4 bytes a feature, label and weight) are shuffled as a whole. Of more, blocks of up to 256 KB of neighbouring rows are shuffled, and then the
    /// rows of every 128 blocks, so that a minibatch comes from 128 places all over the data: an order of the data by class or by time does no harm. The
    /// order depends on <see cref="Seed"/> and the rows alone.
    /// </summary>
    public bool Shuffle { get; set; } = Defaults.Shuffle;

    /// <summary>
    /// The step size of Adam. Default 3e-3, in [1e-10, 10]. Too large a rate makes the loss diverge: training then stops with the last
    /// good parameters and says so.
    /// </summary>
    [Range(1e-4, 1e-2, 3e-3, true)]
    public double LearningRate { get; set; } = Defaults.LearningRate;

    /// <summary>How the learning rate changes over the iterations. Default <see cref="LearningRateSchedule.LinearDecay"/>.</summary>
    public LearningRateSchedule LearningRateSchedule { get; set; } = Defaults.LearningRateSchedule;

    /// <summary>Decay of Adam's mean of the gradients. Default 0.9, in [0, 1).</summary>
    public double Beta1 { get; set; } = Defaults.Beta1;

    /// <summary>Decay of Adam's mean of the squared gradients. Default 0.999, in [0, 1).</summary>
    public double Beta2 { get; set; } = Defaults.Beta2;

    /// <summary>
    /// Added to the root of Adam's mean of the squared gradients. Default 1e-8, in [1e-12, 1]: below that, gradients that are tiny throughout
    /// would make steps without bound.
    /// </summary>
    public double Epsilon { get; set; } = Defaults.Epsilon;

    /// <summary>
    /// Decoupled weight decay λ (Loshchilov and Hutter 2019): every step takes the share <see cref="LearningRate"/> × λ off the means of the
    /// weights, not off biases and variances. Default 0 for none, in [0, 1000], and the share below 1. A learned dropout rate says how noisy
    /// a weight is and not how large: wide networks whose noise is on units (<see cref="WeightPosterior.CorrelatedWeightNoise"/>), or that have none, generalise better
    /// on images with 0.1 to 1. The <see cref="WeightPosterior.Gaussian"/> posterior has its prior for that.
    /// </summary>
    public double WeightDecay { get; set; } = Defaults.WeightDecay;

    /// <summary>
    /// Whether to keep, and predict with, the exponential average of the parameters over the steps (decay <see cref="Beta2"/>), as the
    /// paper does. Default <see langword="false"/>. It takes 4 bytes more for each learned number.
    /// </summary>
    public bool ParameterAveraging { get; set; } = Defaults.ParameterAveraging;

    /// <summary>
    /// Whether features are shifted and scaled to mean 0 and variance 1 over the training set; the scaling is saved with the model.
    /// Default <see langword="null"/>: yes, but not where rows are wide (more than 512 features) and mostly zero, so that they are held
    /// sparse: there it would blow up rare features, and <see langword="true"/> scales each by the root of its mean square without a shift. Left out, sparse features
    /// are all multiplied by one number, so that their mean square is 1 and a zero stays a zero, with <see cref="WeightPosterior.Gaussian"/> and
    /// <see cref="WeightPrior.LogUniform"/>, the defaults of classification; in all other cases they stay as they are. Turn it
    /// off for features that are already of comparable scale. Continued training keeps the scaling of the previous model.
    /// </summary>
    public bool? StandardizeFeatures { get; set; }

    /// <summary>
    /// Standardised features beyond this many standard deviations are compressed, on both sides: z becomes sign(z) (c + log(1 + |z| − c)), so that 50
    /// standard deviations come in as 5.9. Default c = 2; 0 for never, or in [0.1, 1e6]. Outliers, and the ones of a rare one-hot column, would
    /// otherwise lie where the network extrapolates wildly; rows that are further out than others stay so, but doubt about them grows with
    /// the logarithm of the distance only, and features without outliers hardly change. It is part of the scaling that is saved with the model
    /// and that continued training keeps: without standardisation, and of rows that are held sparse (see <see cref="StandardizeFeatures"/>),
    /// nothing is compressed.
    /// </summary>
    public double OutlierThreshold { get; set; } = Defaults.OutlierThreshold;

    /// <summary>
    /// Cuts each feature of more than two values into so many bins, or fewer, of about the same number of rows, and gives the network beside the feature, for
    /// each bin [a, b], how much of it the value x has passed: min(1, max(0, (x − a) / (b − a))) (the piecewise-linear encoding of Gorishniy et al. 2022, On Embeddings
    /// for Numerical Features in Tabular Deep Learning). A value that many rows have is an edge of its own. So a network can follow steps, as in amounts and
    /// counts, that it would not learn from the feature alone; smooth relations it may fit less well, and few rows it may overfit. 0 for none, or in [2, 1024].
    /// Default <see langword="null"/>: in classification 16 for the features of which a value comes twice or more on average, from 2,000 rows on; where these are more than 16,
    /// fewer each, 256 over their number, and where these are more than 64, none, as of pixels; in regression none.
    /// </summary>
    /// <remarks>
    /// The number of inputs grows by the bins, and time and memory with it; too many for the largest matrix that can be held are cut down evenly. Values are counted, and edges found by
    /// weights, among up to about 65,536 rows (fewer of more than 128 features); edges are saved with the model; continued training keeps them. Relevance and pruning are told by feature. Without standardisation, and of rows that
    /// are held sparse (see <see cref="StandardizeFeatures"/>), no feature is cut.
    /// </remarks>
    public int? MaximumBinCountPerFeature { get; set; }

    /// <summary>
    /// Share of the rows kept out of training for the validation metric when no validation set is given. Default 0 for none, in [0, 1);
    /// early stopping needs one. It must leave more than one class, or value of every target, to train on. Validation takes 4 bytes more for each weight.
    /// </summary>
    public double ValidationSetFraction { get; set; } = Defaults.ValidationSetFraction;

    /// <summary>
    /// Iterations without a better validation metric after which training ends. Default 0: never before
    /// <see cref="NumberOfIterations"/>; 0 or more. Above 0 the parameters of the best iteration are restored; that needs a validation
    /// set, and 4 bytes more for each learned number.
    /// </summary>
    public int EarlyStoppingPatience { get; set; } = Defaults.EarlyStoppingPatience;

    /// <summary>
    /// Threads that train. Default <see langword="null"/>: as many as there are processors; in [1, 1024]. The result is the same, bit
    /// for bit, for every number of threads.
    /// </summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>
    /// The memory that the rows to train and validate on may take, in MB (10⁶ bytes). Default <see langword="null"/>: half of what the process may
    /// use; in [1, 2147483647]. Rows that need more are written once to a temporary file in the folder that <see cref="MLContext.TempFilePath"/> was
    /// when the trainer was made (one on a disk, not one that is kept in memory), of about the size that they would have had in memory, and are read from
    /// there in every iteration, while the steps before them are computed. The file is deleted when <c>Fit</c> ends, however it ends. The trained model is
    /// the same, bit for bit, for every budget. In memory remain up to 67 MB: the rows that are shuffled together, and those that follow them; more where
    /// a minibatch alone, or a single row, is large. A budget below that is refused where the rows do not fit into it. The network is not part of the
    /// budget.
    /// </summary>
    public int? MemoryBudgetMegabytes { get; set; }

    /// <summary>
    /// A file that keeps the state of the training, so that one that was cancelled, crashed or killed can go on: where it is there, <c>Fit</c> with the same
    /// options and data goes on after the iteration that it was written after, and the model is the same, bit for bit, as that of a training that was never
    /// interrupted. Default <see langword="null"/>: no file. It is written beside itself (with the suffix ".partial") and renamed, so that it is always whole, and
    /// deleted when training has ended. After an iteration it is written only if the last write began at least a second, and ten times as long as it took, ago:
    /// that much work may be lost, and short trainings leave no file. It takes 12 to 20 bytes for each learned number (values and Adam's moments, an average,
    /// the best parameters so far), and a pass over the rows before training for their SHA-256.
    /// </summary>
    /// <remarks>
    /// A file of another training is refused, with what differs: options, rows, previous model, the library's version or its kernel path. Free to differ are
    /// <see cref="NumberOfThreads"/>, <see cref="MemoryBudgetMegabytes"/>, <see cref="Progress"/> and <see cref="CancellationToken"/>. Where <see cref="Seed"/> is
    /// <see langword="null"/>, the seed in the file is the one that was drawn first, and wins. It is for one training at a time:
    /// cross-validation, one-versus-all and AutoML train several times with the same options, and after an interruption the first of them would find, and refuse,
    /// the file of another.
    /// </remarks>
    public string? CheckpointFile { get; set; }

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

    /// <summary>The least time between the starts of two writes of <see cref="CheckpointFile"/>; zero writes after every iteration.</summary>
    internal TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Of rows that are held dense; see <see cref="OfRows"/>.</summary>
    internal WeightPosterior ResolvedPosterior => Posterior ?? Defaults.Posterior;

    internal DropoutVarianceSharing ResolvedSharing => DropoutVarianceSharing ?? Combinations.DefaultSharing(ResolvedPosterior);

    internal WeightPrior ResolvedPrior => Prior ?? DefaultPrior;

    /// <summary>Whether the divergence comes in over some of the iterations where <see cref="KullbackLeiblerWarmUpIterations"/> is left out.</summary>
    internal virtual bool WarmsUpByDefault => false;

    /// <summary>Whether bins are made where <see cref="MaximumBinCountPerFeature"/> is left out.</summary>
    internal virtual bool HasBinsByDefault => false;

    /// <summary>The posterior of rows that are held sparse where nothing of the noise is named.</summary>
    private protected virtual WeightPosterior PosteriorOfSparseRows => Defaults.RegressionPosteriorOfSparseRows;

    /// <summary>What fits the posterior, and the task.</summary>
    private protected virtual WeightPrior DefaultPrior => Combinations.DefaultPrior(ResolvedPosterior);

    internal GradientEstimator ResolvedEstimator => GradientEstimator ?? Combinations.DefaultEstimator(ResolvedPosterior);

    /// <summary>These options, with the posterior that suits rows which are held sparse, or dense.</summary>
    internal VariationalDropoutOptions OfRows(bool areSparse)
    {
        if (!areSparse || Posterior is not null || Prior is not null || PriorVariance is not null || DropoutVarianceSharing is not null)
            return this;
        VariationalDropoutOptions copy = Snapshot();
        copy.Posterior = PosteriorOfSparseRows;
        return copy;
    }

    /// <summary>A copy that later changes of this object do not reach.</summary>
    internal VariationalDropoutOptions Snapshot()
    {
        var copy = (VariationalDropoutOptions)MemberwiseClone();
        copy.HiddenLayerSizes = [.. HiddenLayerSizes];
        return copy;
    }
}
