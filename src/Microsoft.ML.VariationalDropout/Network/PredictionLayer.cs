using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>A layer's parameters in the blocked layout, read-only but for <see cref="LoadMeans"/>.</summary>
internal sealed class PredictionLayer
{
    private readonly Lazy<BlockedMatrix<float>> _variances;
    private readonly Lazy<BlockedMatrix<float>> _squares;

    public PredictionLayer(TrainedLayer layer, NetworkArchitecture architecture)
    {
        Inputs = layer.Inputs;
        Outputs = layer.Outputs;
        Weights = new BlockedMatrix<float>(Inputs, Outputs);
        Biases = new AlignedBuffer<float>(Weights.Panels * BlockedMatrix.Width);
        LoadMeans(layer);
        LogVariance = layer.LogVariances.Length > 0 ? layer.LogVariances[0] : 0;
        bool onInputs = architecture.Posterior.IsOnInputs();
        InputStandardDeviations = new AlignedBuffer<float>(onInputs ? BlockedMatrix.PadToBlock(Inputs) : 0);
        InputVariances = new AlignedBuffer<float>(InputStandardDeviations.Length);
        for (int i = 0; onInputs && i < Inputs; i++)
        {
            double logVariance = layer.LogVariances[architecture.Sharing.IndexOf(i, 0, Outputs)];
            InputStandardDeviations.Span[i] = (float)Math.Exp(0.5 * logVariance);
            InputVariances.Span[i] = (float)Math.Exp(logVariance);
        }

        _variances = new(() => CreateVariances(layer, architecture));
        _squares = new(CreateSquares);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>θ, [Inputs × Outputs].</summary>
    public BlockedMatrix<float> Weights { get; }

    /// <summary>b, [Outputs], padded to whole panels.</summary>
    public AlignedBuffer<float> Biases { get; }

    /// <summary>The first log-variance: that of the layer where it has one alone.</summary>
    public double LogVariance { get; }

    /// <summary>sqrt(α) for each input where the noise is on the inputs, padded with zeros; empty elsewhere.</summary>
    public AlignedBuffer<float> InputStandardDeviations { get; }

    /// <summary>α for each input where the noise is on the inputs, padded with zeros; empty elsewhere.</summary>
    public AlignedBuffer<float> InputVariances { get; }

    /// <summary>σ² where every weight has noise of its own, [Inputs × Outputs]; made when first asked for.</summary>
    public BlockedMatrix<float> Variances => _variances.Value;

    /// <summary>θ², [Inputs × Outputs]; made when first asked for.</summary>
    public BlockedMatrix<float> SquaredWeights => _squares.Value;

    /// <summary>Takes weights and biases of another layer of the same size; variances and squares stay what they are.</summary>
    internal void LoadMeans(TrainedLayer layer)
    {
        layer.Biases.CopyTo(Biases.Span);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                Weights[i, j] = layer.Weights[(i * Outputs) + j];
        }
    }

    private BlockedMatrix<float> CreateVariances(TrainedLayer layer, NetworkArchitecture architecture)
    {
        var result = new BlockedMatrix<float>(Inputs, Outputs);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
            {
                float variance = (float)Math.Exp(layer.LogVariances[architecture.Sharing.IndexOf(i, j, Outputs)]), weight = Weights[i, j];
                result[i, j] = architecture.Posterior == WeightPosterior.Gaussian ? variance : variance * weight * weight;
            }
        }

        return result;
    }

    private BlockedMatrix<float> CreateSquares()
    {
        var result = new BlockedMatrix<float>(Inputs, Outputs);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                result[i, j] = Weights[i, j] * Weights[i, j];
        }

        return result;
    }
}
