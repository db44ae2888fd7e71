using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Network;

/// <summary>A layer's parameters in the blocked layout, read-only.</summary>
internal sealed class PredictionLayer
{
    private readonly Lazy<BlockedMatrix<float>> _variances;

    public PredictionLayer(TrainedLayer layer, NetworkArchitecture architecture)
    {
        Inputs = layer.Inputs;
        Outputs = layer.Outputs;
        Weights = new BlockedMatrix<float>(Inputs, Outputs);
        Biases = new AlignedBuffer<float>(Weights.Panels * BlockedMatrix.Width);
        layer.Biases.CopyTo(Biases.Span);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
                Weights[i, j] = layer.Weights[(i * Outputs) + j];
        }

        InputDeviations = new AlignedBuffer<float>(BlockedMatrix.PadToBlock(Inputs));
        if (architecture.Posterior == WeightPosterior.CorrelatedWeightNoise)
        {
            for (int i = 0; i < Inputs; i++)
                InputDeviations.Span[i] = (float)Math.Exp(0.5 * layer.LogDropoutVariances[architecture.Sharing == DropoutVarianceSharing.Layer ? 0 : i]);
        }

        _variances = new(() => CreateVariances(layer, architecture.Sharing));
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>θ, [Inputs × Outputs].</summary>
    public BlockedMatrix<float> Weights { get; }

    /// <summary>b, [Outputs], padded to whole panels.</summary>
    public AlignedBuffer<float> Biases { get; }

    /// <summary>sqrt(α) for each input with correlated noise, padded with zeros.</summary>
    public AlignedBuffer<float> InputDeviations { get; }

    /// <summary>σ² = αθ² for independent noise, [Inputs × Outputs]; made when first asked for.</summary>
    public BlockedMatrix<float> Variances => _variances.Value;

    private BlockedMatrix<float> CreateVariances(TrainedLayer layer, DropoutVarianceSharing sharing)
    {
        var result = new BlockedMatrix<float>(Inputs, Outputs);
        for (int i = 0; i < Inputs; i++)
        {
            for (int j = 0; j < Outputs; j++)
            {
                int n = sharing switch
                {
                    DropoutVarianceSharing.Layer => 0,
                    DropoutVarianceSharing.InputUnit => i,
                    DropoutVarianceSharing.OutputUnit => j,
                    _ => (i * Outputs) + j,
                };
                float weight = Weights[i, j];
                result[i, j] = (float)Math.Exp(layer.LogDropoutVariances[n]) * weight * weight;
            }
        }

        return result;
    }
}
