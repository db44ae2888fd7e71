using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// A fully connected layer with noise on its weights, in training. How its noise enters is its <see cref="NoiseForm"/>; with local
/// reparameterization (Kingma, Salimans and Welling 2015, section 2.2) it is drawn on what the weights produce, for each row apart.
/// </summary>
/// <remarks>
/// Inputs: Z = (A s)θ + b, s = 1 + sqrt(α) ξ. Outputs: Z = Aθ + b + sqrt(A²σ² + ε) ζ. Weights: Z = AW + b, W = θ + σE. σ² is αθ² for
/// multiplicative noise and free for the Gaussian posterior. The bias has no noise.
/// Work is cut into tiles of 16 × 16: the methods here do one tile or one panel, <c>TrainingPass</c> spreads them over threads.
/// This file holds parameters and state; DenseLayer.Forward.cs and DenseLayer.Backward.cs what is done with them, with
/// DenseLayer.WeightSamples.cs for drawn weights, DenseLayer.Rounding.cs for variances as integers, DenseLayer.Sparse.cs for sparse inputs,
/// DenseLayer.Divergence.cs for the prior and DenseLayer.Announcements.cs for what is asked of memory ahead.
/// </remarks>
internal sealed unsafe partial class DenseLayer<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>ε inside the square root of the variance: keeps its slope finite at zero.</summary>
    internal const double VarianceEpsilon = 1e-8;

    private readonly AlignedBuffer<T> _dropoutVariances;
    private readonly AlignedBuffer<T> _inputStandardDeviations;
    private readonly BlockedMatrix<T>? _logVarianceMatrix;
    private readonly double[] _partialSums;
    private readonly AlignedBuffer<T> _logVarianceGradient;
    private readonly AlignedBuffer<uint> _sharedRows = new(BlockedMatrix.Width);
    private uint* _rowIds;
    private uint _seed;
    private uint _step;

    /// <param name="index">Number of the layer, from 0 at the input: part of the noise's counter.</param>
    /// <param name="settings">What the layers have in common.</param>
    /// <param name="capacity">Rows of the largest minibatch.</param>
    /// <param name="isSparse">Whether the inputs come as a <see cref="SparseBatch{T}"/> and not tile by tile.</param>
    /// <param name="transposed">Room for transposed gradients, which layers that are not neighbours can share; null for room of its own.</param>
    public DenseLayer(int index, LayerSettings settings, int capacity, bool isSparse = false, TransposedGradients<T>? transposed = null)
    {
        var architecture = settings.Architecture;
        Index = index;
        Inputs = architecture.InputsOf(index);
        Outputs = architecture.OutputsOf(index);
        Posterior = architecture.Posterior;
        Sharing = architecture.Sharing;
        Form = NoiseForms.Of(Posterior, settings.Estimator);
        IsSparse = isSparse;
        _divergence = settings.Divergence;
        _sharesInputNoise = settings.Estimator == GradientEstimator.SharedWeightSample;
        _sharedRows.Span.Fill(uint.MaxValue);

        WeightMatrix = new BlockedMatrix<T>(Inputs, Outputs);
        Weights = new Parameter<T>(WeightMatrix.Buffer, settings.IsAveraged) { Decays = true };
        Biases = new Parameter<T>(new AlignedBuffer<T>(BlockedMatrix.PadToBlock(Outputs)), settings.IsAveraged);
        bool perWeight = Posterior.IsNoisy() && Sharing == DropoutVarianceSharing.Weight;
        if (perWeight)
            _logVarianceMatrix = new BlockedMatrix<T>(Inputs, Outputs);
        LogVarianceCount = architecture.LogVariancesOf(index);
        var logVariances = _logVarianceMatrix?.Buffer ?? new AlignedBuffer<T>(BlockedMatrix.PadToBlock(LogVarianceCount));
        bool isGaussian = Posterior == WeightPosterior.Gaussian;
        LogVariances = new Parameter<T>(logVariances, settings.IsAveraged && IsLearned)
        {
            Lower = isGaussian ? LayerSettings.LowestLogWeightVariance : settings.LogDropoutVarianceBounds.Lower,
            Upper = isGaussian ? LayerSettings.HighestLogWeightVariance : settings.LogDropoutVarianceBounds.Upper,
        };

        _dropoutVariances = new AlignedBuffer<T>(perWeight || Posterior.IsOnInputs() ? 0 : logVariances.Length);
        bool drawsWeights = Form is NoiseForm.SharedWeights or NoiseForm.SeparateWeights;
        _dropoutDeviations = new AlignedBuffer<T>(drawsWeights ? _dropoutVariances.Length : 0);
        _inputNumbers = new AlignedBuffer<uint>(drawsWeights ? BlockedMatrix.PadToBlock(Inputs) : 0);
        for (int i = 0; i < _inputNumbers.Length; i++)
            _inputNumbers.Span[i] = (uint)i;
        _inputStandardDeviations = new AlignedBuffer<T>(Posterior.IsOnInputs() ? BlockedMatrix.PadToBlock(Inputs) : 0);
        _logVarianceGradient = new AlignedBuffer<T>(perWeight ? 0 : logVariances.Length);
        _partialSums = new double[PartialSumCount()];
        _squareSums = new double[_divergence.IsEmpirical ? InputPanels * OutputPanels : 0];

        Slopes = new BlockedMatrix<T>(capacity, Outputs);
        int inputRows = isSparse ? 0 : capacity;
        Input = new BlockedMatrix<T>(inputRows, Inputs);
        _sparse = isSparse ? new SparseBatch<T>(Inputs, capacity) : null;
        bool restsWithoutGradient = isSparse && !perWeight && !settings.IsAveraged && !settings.DecaysWeights;
        _isUntouched = new bool[restsWithoutGradient ? InputPanels * OutputPanels : 0];
        Array.Fill(_isUntouched, true);
        if (Form == NoiseForm.Outputs && !isSparse && !IsNarrow && settings.RoundsVariances(Inputs, Outputs, capacity))
            _short = TLanes.ShortProduct;
        if (_short is not null)
            _rounded = new Rounded(InputPanels, OutputPanels, Slopes.PaddedRows);
        _transposed = transposed ?? new TransposedGradients<T>(isSparse ? 0 : (long)Slopes.PaddedRows * WeightMatrix.Panels * BlockedMatrix.Width, Form == NoiseForm.Outputs, _short is not null);
        if (Form == NoiseForm.Inputs)
        {
            _inputNoise = new BlockedMatrix<T>(inputRows, Inputs);
            _logVarianceFactor = IsLearned ? new BlockedMatrix<T>(inputRows, Inputs) : null;
        }
        else if (Form == NoiseForm.Outputs)
        {
            _inputSquared = _short is null ? new BlockedMatrix<T>(inputRows, Inputs) : null;
            _noiseSlope = new BlockedMatrix<T>(capacity, Outputs);
        }
        else if (Form == NoiseForm.SharedWeights)
        {
            _sampledWeights = new BlockedMatrix<T>(Inputs, Outputs);
        }
    }

    public int Index { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    public WeightPosterior Posterior { get; }

    public DropoutVarianceSharing Sharing { get; }

    public NoiseForm Form { get; }

    public bool IsSparse { get; }

    public bool IsLearned => Posterior.IsLearned();

    /// <summary>Whether d log α comes out of dL/dA, which the lowest layer needs for nothing else.</summary>
    public bool NeedsInputGradient => Form == NoiseForm.Inputs && IsLearned;

    /// <summary>θ, [Inputs × Outputs].</summary>
    public BlockedMatrix<T> WeightMatrix { get; }

    public Parameter<T> Weights { get; }

    public Parameter<T> Biases { get; }

    /// <summary>log α, laid out by <see cref="Sharing"/>, or log σ² of the Gaussian posterior, laid out as the weights.</summary>
    public Parameter<T> LogVariances { get; }

    /// <summary>Number of log-variances.</summary>
    public int LogVarianceCount { get; }

    /// <summary>Panels of 16 outputs.</summary>
    public int OutputPanels => WeightMatrix.Panels;

    /// <summary>Blocks of 16 inputs.</summary>
    public int InputPanels => WeightMatrix.PaddedRows / BlockedMatrix.Width;

    /// <summary>Copies a layer's parameters in.</summary>
    public void Load(TrainedLayer layer)
    {
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                WeightMatrix[i, j] = Number<T>.FromDouble(layer.Weights[(i * Outputs) + j]);
        }

        for (int j = 0; j < Outputs; j++)
            Biases.Values.Span[j] = Number<T>.FromDouble(layer.Biases[j]);
        for (int n = 0; n < layer.LogVariances.Length; n++)
            LogVarianceAt(LogVariances.Values, n) = Number<T>.FromDouble(Math.Clamp(layer.LogVariances[n], LogVariances.Lower, LogVariances.Upper));
        if (_divergence.IsEmpirical)
            LoadSquareSums();
    }

    /// <summary>Copies the layer's parameters out, from <paramref name="select"/>(parameter) times <paramref name="scale"/>.</summary>
    /// <param name="select">The values of a parameter, or their average.</param>
    /// <param name="scale">What they are multiplied by.</param>
    /// <param name="destination">A layer of the same size to write to; null for a new one.</param>
    public TrainedLayer Save(Func<Parameter<T>, AlignedBuffer<T>> select, double scale = 1, TrainedLayer? destination = null)
    {
        float[] weights = destination?.Weights ?? new float[checked(Inputs * Outputs)];
        var source = select(Weights);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                weights[(i * Outputs) + j] = (float)(Number<T>.ToDouble(source.Pointer[BlockedIndex(i, j)]) * scale);
        }

        float[] biases = destination?.Biases ?? new float[Outputs];
        for (int j = 0; j < Outputs; j++)
            biases[j] = (float)(Number<T>.ToDouble(select(Biases).Pointer[j]) * scale);
        float[] logVariances = destination?.LogVariances ?? new float[LogVarianceCount];
        for (int n = 0; n < logVariances.Length; n++)
        {
            // Variances that are given have no average of their own.
            logVariances[n] = IsLearned
                ? (float)(Number<T>.ToDouble(LogVarianceAt(select(LogVariances), n)) * scale)
                : (float)Number<T>.ToDouble(LogVarianceAt(LogVariances.Values, n));
        }

        return destination ?? new TrainedLayer { Inputs = Inputs, Outputs = Outputs, Weights = weights, Biases = biases, LogVariances = logVariances };
    }

    /// <summary>Saves or restores what one step leaves to the next.</summary>
    public void Transfer(StateTransfer state)
    {
        Weights.Transfer(state);
        Biases.Transfer(state);
        LogVariances.Transfer(state);
        state.Numbers(_squareSums.AsSpan());
        state.Numbers(_isUntouched.AsSpan());
    }

    /// <summary>Position of weight (input, output) in the blocked layout.</summary>
    public nint BlockedIndex(int input, int output)
        => (output / BlockedMatrix.Width * WeightMatrix.PanelStride) + ((nint)input * BlockedMatrix.Width) + (output % BlockedMatrix.Width);

    /// <summary>Position of the n-th log-variance: in row-major order of the weights for one per weight.</summary>
    public nint LogVarianceIndex(int n) => Sharing == DropoutVarianceSharing.Weight ? BlockedIndex(n / Outputs, n % Outputs) : n;

    private ref T LogVarianceAt(AlignedBuffer<T> buffer, int n) => ref buffer.Pointer[LogVarianceIndex(n)];

    /// <summary>Sums for d log α that tiles leave behind: none where a weight has its own, or where nothing is learned.</summary>
    private int PartialSumCount()
    {
        if (!IsLearned || Sharing == DropoutVarianceSharing.Weight)
            return 0;
        if (Posterior.IsOnInputs())
            return InputPanels * BlockedMatrix.Width;
        return Sharing == DropoutVarianceSharing.Layer ? InputPanels * OutputPanels : InputPanels * BlockedMatrix.Width * OutputPanels;
    }
}
