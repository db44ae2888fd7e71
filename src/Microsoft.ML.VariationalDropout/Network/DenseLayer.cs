using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>
/// A fully connected layer with noise on its weights, trained by local reparameterization (Kingma, Salimans and Welling 2015, section 2.2):
/// the noise is drawn on what the weights produce, for each row apart, and never on the weights.
/// </summary>
/// <remarks>
/// Independent noise: Z = Aθ + b + sqrt(A²σ² + ε) ζ with σ² = αθ². Correlated noise: Z = (A s)θ + b, s = 1 + sqrt(α) ξ. The bias has no noise.
/// Work is cut into tiles of 16 × 16: the methods here do one tile or one panel, <c>TrainingPass</c> spreads them over threads.
/// This file holds parameters and state; DenseLayer.Forward.cs and DenseLayer.Backward.cs what is done with them.
/// </remarks>
internal sealed unsafe partial class DenseLayer<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>ε inside the square root of the variance: keeps its slope finite at zero.</summary>
    internal const double VarianceEpsilon = 1e-8;

    private readonly KullbackLeiblerForm _klForm;
    private readonly AlignedBuffer<T> _dropoutVariances;
    private readonly BlockedMatrix<T>? _logDropoutVarianceMatrix;
    private readonly double[] _partialSums;
    private readonly AlignedBuffer<T> _logDropoutVarianceGradient;

    /// <param name="index">Number of the layer, from 0 at the input: part of the noise's counter.</param>
    /// <param name="architecture">Shape and noise of the network.</param>
    /// <param name="klForm">Form of the divergence.</param>
    /// <param name="capacity">Rows of the largest minibatch.</param>
    /// <param name="isAveraged">Whether the parameters' running average is kept.</param>
    /// <param name="logVarianceBounds">Bounds of log α.</param>
    public DenseLayer(int index, NetworkArchitecture architecture, KullbackLeiblerForm klForm, int capacity, bool isAveraged, (double Lower, double Upper) logVarianceBounds)
    {
        Index = index;
        Inputs = architecture.InputsOf(index);
        Outputs = architecture.OutputsOf(index);
        Posterior = architecture.Posterior;
        Sharing = architecture.Sharing;
        _klForm = klForm;

        WeightMatrix = new BlockedMatrix<T>(Inputs, Outputs);
        Weights = new Parameter<T>(WeightMatrix.Buffer, isAveraged);
        Biases = new Parameter<T>(new AlignedBuffer<T>(BlockedMatrix.PadToBlock(Outputs)), isAveraged);
        if (Sharing == DropoutVarianceSharing.Weight)
            _logDropoutVarianceMatrix = new BlockedMatrix<T>(Inputs, Outputs);
        var logVariances = _logDropoutVarianceMatrix?.Buffer ?? new AlignedBuffer<T>(BlockedMatrix.PadToBlock(architecture.DropoutVariancesOf(index)));
        LogDropoutVariances = new Parameter<T>(logVariances, isAveraged) { Lower = logVarianceBounds.Lower, Upper = logVarianceBounds.Upper };

        bool perWeight = Sharing == DropoutVarianceSharing.Weight;
        _dropoutVariances = new AlignedBuffer<T>(perWeight ? 0 : IsCorrelated ? BlockedMatrix.PadToBlock(Inputs) : logVariances.Length);
        _logDropoutVarianceGradient = new AlignedBuffer<T>(perWeight ? 0 : logVariances.Length);
        _partialSums = new double[PartialSumCount()];

        Input = new BlockedMatrix<T>(capacity, Inputs);
        OutputGradient = new BlockedMatrix<T>(capacity, Outputs);
        _outputGradientTransposed = new AlignedBuffer<T>((long)OutputGradient.PaddedRows * WeightMatrix.Panels * BlockedMatrix.Width);
        Slopes = new BlockedMatrix<T>(capacity, Outputs);
        if (IsCorrelated)
        {
            _inputNoise = new BlockedMatrix<T>(capacity, Inputs);
            _logVarianceFactor = new BlockedMatrix<T>(capacity, Inputs);
        }
        else
        {
            _inputSquared = new BlockedMatrix<T>(capacity, Inputs);
            _noiseSlope = new BlockedMatrix<T>(capacity, Outputs);
            _varianceGradient = new BlockedMatrix<T>(capacity, Outputs);
            _varianceGradientTransposed = new AlignedBuffer<T>(_outputGradientTransposed.Length);
        }
    }

    public int Index { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    public WeightPosterior Posterior { get; }

    public DropoutVarianceSharing Sharing { get; }

    public bool IsCorrelated => Posterior == WeightPosterior.CorrelatedWeightNoise;

    /// <summary>θ, [Inputs × Outputs].</summary>
    public BlockedMatrix<T> WeightMatrix { get; }

    public Parameter<T> Weights { get; }

    public Parameter<T> Biases { get; }

    /// <summary>log α, laid out by <see cref="Sharing"/>.</summary>
    public Parameter<T> LogDropoutVariances { get; }

    /// <summary>Panels of 16 outputs.</summary>
    public int OutputPanels => WeightMatrix.Panels;

    /// <summary>Blocks of 16 inputs.</summary>
    public int InputPanels => WeightMatrix.PaddedRows / BlockedMatrix.Width;

    /// <summary>How many independent noise variables share one α: each brings a KL of its own.</summary>
    public double TermsPerDropoutVariance => (Posterior, Sharing) switch
    {
        (WeightPosterior.CorrelatedWeightNoise, DropoutVarianceSharing.Layer) => Inputs,
        (WeightPosterior.CorrelatedWeightNoise, _) => 1,
        (_, DropoutVarianceSharing.Layer) => (double)Inputs * Outputs,
        (_, DropoutVarianceSharing.InputUnit) => Outputs,
        (_, DropoutVarianceSharing.OutputUnit) => Inputs,
        _ => 1,
    };

    /// <summary>Copies a layer's parameters in.</summary>
    public void Load(TrainedLayer layer)
    {
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                WeightMatrix[i, j] = FromDouble(layer.Weights[(i * Outputs) + j]);
        }

        for (int j = 0; j < Outputs; j++)
            Biases.Values.Span[j] = FromDouble(layer.Biases[j]);
        for (int n = 0; n < layer.LogDropoutVariances.Length; n++)
            LogDropoutVarianceAt(LogDropoutVariances.Values, n) = FromDouble(Math.Clamp(layer.LogDropoutVariances[n], LogDropoutVariances.Lower, LogDropoutVariances.Upper));
    }

    /// <summary>Copies the layer's parameters out, from <paramref name="select"/>(parameter) times <paramref name="scale"/>.</summary>
    public TrainedLayer Save(Func<Parameter<T>, AlignedBuffer<T>> select, double scale = 1)
    {
        var weights = new float[checked(Inputs * Outputs)];
        var source = select(Weights);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                weights[(i * Outputs) + j] = (float)(ToDouble(source.Pointer[BlockedIndex(i, j)]) * scale);
        }

        var biases = new float[Outputs];
        for (int j = 0; j < Outputs; j++)
            biases[j] = (float)(ToDouble(select(Biases).Pointer[j]) * scale);
        var logVariances = new float[DropoutVarianceCount];
        for (int n = 0; n < logVariances.Length; n++)
            logVariances[n] = (float)(ToDouble(LogDropoutVarianceAt(select(LogDropoutVariances), n)) * scale);
        return new TrainedLayer { Inputs = Inputs, Outputs = Outputs, Weights = weights, Biases = biases, LogDropoutVariances = logVariances };
    }

    /// <summary>Number of α's.</summary>
    public int DropoutVarianceCount => Sharing switch
    {
        DropoutVarianceSharing.Layer => 1,
        DropoutVarianceSharing.InputUnit => Inputs,
        DropoutVarianceSharing.OutputUnit => Outputs,
        _ => Inputs * Outputs,
    };

    /// <summary>The layer's divergence from the prior in nats: a sum over its independent noise variables.</summary>
    public double KullbackLeibler()
    {
        double sum = 0;
        for (int n = 0; n < DropoutVarianceCount; n++)
            sum += LogUniformPrior.Value(_klForm, ToDouble(LogDropoutVarianceAt(LogDropoutVariances.Values, n)));
        return sum * TermsPerDropoutVariance;
    }

    /// <summary>The same for parameters that were saved from this layer, averaged or not.</summary>
    public double KullbackLeibler(TrainedLayer saved)
        => TermsPerDropoutVariance * saved.LogDropoutVariances.Sum(value => LogUniformPrior.Value(_klForm, value));

    /// <summary>Position of weight (input, output) in the blocked layout.</summary>
    public nint BlockedIndex(int input, int output)
        => (output / BlockedMatrix.Width * WeightMatrix.PanelStride) + ((nint)input * BlockedMatrix.Width) + (output % BlockedMatrix.Width);

    /// <summary>Position of the n-th α: in row-major order of the weights for one per weight.</summary>
    public nint DropoutVarianceIndex(int n) => Sharing == DropoutVarianceSharing.Weight ? BlockedIndex(n / Outputs, n % Outputs) : n;

    private ref T LogDropoutVarianceAt(AlignedBuffer<T> buffer, int n) => ref buffer.Pointer[DropoutVarianceIndex(n)];

    private int PartialSumCount() => (Posterior, Sharing) switch
    {
        (WeightPosterior.CorrelatedWeightNoise, _) => InputPanels * BlockedMatrix.Width,
        (_, DropoutVarianceSharing.Layer) => InputPanels * OutputPanels,
        (_, DropoutVarianceSharing.InputUnit) => InputPanels * BlockedMatrix.Width * OutputPanels,
        (_, DropoutVarianceSharing.OutputUnit) => InputPanels * BlockedMatrix.Width * OutputPanels,
        _ => 0,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ToDouble(T value) => typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T FromDouble(double value) => typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>((float)value) : Unsafe.BitCast<double, T>(value);
}
