using System.Numerics.Tensors;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace PaperExperiments.Variance;

/// <summary>The share of some rows that a network's posterior mean gets wrong.</summary>
internal sealed class TestError(NetworkArchitecture architecture, TrainingSet data, WorkerTeam team)
{
    private const int BlockRows = 256;

    public double Of(IReadOnlyList<TrainedLayer> layers)
    {
        var network = new TrainedNetwork(architecture, null, layers, new TrainingSummary { Rows = 0, Iterations = 0, BestIteration = 0, ExpectedLogLikelihood = 0, KullbackLeibler = 0 });
        int blocks = (data.RowCount + BlockRows - 1) / BlockRows;
        int[] errors = new int[blocks];
        team.Run((_, block) => errors[block] = CountErrors(network, block * BlockRows, Math.Min(data.RowCount, (block + 1) * BlockRows)), blocks);
        return (double)errors.Sum() / data.RowCount;
    }

    private int CountErrors(TrainedNetwork network, int first, int end)
    {
        int size = architecture.OutputSize, errors = 0;
        var features = new FeatureBlock(architecture.InputSize, architecture.HasSparseInputs, BlockRows);
        double[] outputs = new double[BlockRows * size];
        for (int row = first; row < end; row++)
            features.Set(row - first, data, row);
        new NetworkPredictor(network).ComputeOutputs(features, end - first, outputs);
        for (int row = first; row < end; row++)
        {
            if (TensorPrimitives.IndexOfMax<double>(outputs.AsSpan((row - first) * size, size)) != (int)data.Label(row))
                errors++;
        }

        return errors;
    }
}
