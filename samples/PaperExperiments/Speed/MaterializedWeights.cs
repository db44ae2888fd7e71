using System.Numerics.Tensors;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace PaperExperiments.Speed;

/// <summary>
/// A weight sample for each row, the way it is usually written: W = θ + σ ∘ E is written to memory, then comes a product of a vector and a matrix; back, dL/dW of
/// the row is added up. Row-major matrices, .NET's vector operations, and the library's noise, which is faster than any in .NET.
/// </summary>
/// <remarks>
/// ReLU, classes, independent multiplicative noise with one α per layer. The noise of a weight has the same counter as in the library: the gradient is the
/// library's, up to rounding. The gradient of α and the optimiser's step are left out, in favour of this side of the comparison.
/// </remarks>
internal sealed class MaterializedWeights
{
    /// <summary>Inputs of one task: the noise comes in tiles of 16 × 16.</summary>
    private const int Block = BlockedMatrix.Width;

    /// <summary>Outputs of one task of a product.</summary>
    private const int OutputsOfTask = 256;

    private readonly Layer[] _layers;
    private readonly WorkerTeam _team;

    public MaterializedWeights(IReadOnlyList<TrainedLayer> layers, WorkerTeam team)
    {
        _team = team;
        _layers = [.. layers.Select((layer, index) => new Layer(layer, index))];
    }

    /// <summary>dL/dθ of the last minibatch, row-major [inputs × outputs].</summary>
    public ReadOnlySpan<float> Gradient(int layer) => _layers[layer].Gradient;

    /// <summary>The gradient of the mean of −log p(y | x) over a minibatch.</summary>
    /// <returns>Σ log p(y | x), in nats.</returns>
    public double Run(TrainingSet data, ReadOnlySpan<int> rows, uint seed, uint step)
    {
        foreach (Layer layer in _layers)
            Array.Clear(layer.Gradient);
        double logLikelihood = 0;
        foreach (int row in rows)
        {
            data.Features(row).CopyTo(_layers[0].Input);
            for (int l = 0; l < _layers.Length; l++)
                Forward(_layers[l], l + 1 < _layers.Length ? _layers[l + 1].Input : null, (uint)row, seed, step);
            logLikelihood += Differentiate(_layers[^1].Output, (int)data.Label(row), rows.Length);
            for (int l = _layers.Length - 1; l >= 0; l--)
                Backward(_layers[l], l > 0 ? _layers[l - 1].Output : null);
        }

        return logLikelihood;
    }

    /// <summary>Output = Input W + b, and its ReLU for the layer above.</summary>
    private void Forward(Layer layer, float[]? next, uint row, uint seed, uint step)
    {
        _team.Run((_, block) => Draw(layer, block, row, seed, step), Tasks(layer.Inputs, Block));
        _team.Run(
            (_, task) =>
            {
                int first = task * OutputsOfTask, count = Math.Min(OutputsOfTask, layer.Outputs - first);
                Span<float> output = layer.Output.AsSpan(first, count);
                layer.Biases.AsSpan(first, count).CopyTo(output);
                for (int i = 0; i < layer.Inputs; i++)
                    TensorPrimitives.MultiplyAdd(layer.Drawn.AsSpan((i * layer.Outputs) + first, count), layer.Input[i], output, output);
            },
            Tasks(layer.Outputs, OutputsOfTask));
        if (next is not null)
            TensorPrimitives.Max(layer.Output, 0f, next);
    }

    /// <summary>E and W for 16 inputs.</summary>
    private static unsafe void Draw(Layer layer, int block, uint row, uint seed, uint step)
    {
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        uint* inputs = stackalloc uint[Block];
        int first = block * Block, count = Math.Min(Block, layer.Inputs - first);
        for (int i = 0; i < Block; i++)
            inputs[i] = (uint)(first + i);
        for (int output = 0; output < layer.Outputs; output += BlockedMatrix.Width)
        {
            var counters = new NoiseCounters
            {
                Seed = seed,
                Stream = NoiseStream.WeightNoise,
                Step = row,
                Layer = (uint)layer.Index | (step << DenseLayer<SingleLane, float>.LayerBits),
                Panel = (uint)(output / BlockedMatrix.Width),
                Rows = inputs,
            };
            FillNormals(counters, tile);
            int width = Math.Min(BlockedMatrix.Width, layer.Outputs - output);
            for (int i = 0; i < count; i++)
                new ReadOnlySpan<float>(tile + (i * BlockedMatrix.Width), width).CopyTo(layer.Noise.AsSpan(((first + i) * layer.Outputs) + output));
        }

        Range all = (first * layer.Outputs)..((first + count) * layer.Outputs);
        TensorPrimitives.MultiplyAdd(layer.Noise.AsSpan(all), layer.Deviations.AsSpan(all), layer.Means.AsSpan(all), layer.Drawn.AsSpan(all));
    }

    private static unsafe void FillNormals(in NoiseCounters counters, float* tile)
    {
        switch (KernelPaths.Current)
        {
            case KernelPath.Avx512:
                Avx512Lanes.FillNormals(counters, tile);
                break;
            case KernelPath.Avx2:
                Avx2Lanes.FillNormals(counters, tile);
                break;
            case KernelPath.Portable:
                PortableLanes.FillNormals(counters, tile);
                break;
            default:
                SingleLane.FillNormals(counters, tile);
                break;
        }
    }

    /// <summary>Turns outputs into the gradient of −log p(y | x) / rows.</summary>
    private static double Differentiate(Span<float> outputs, int label, int rows)
    {
        TensorPrimitives.SoftMax<float>(outputs, outputs);
        double logLikelihood = Math.Log(outputs[label]);
        outputs[label] -= 1;
        TensorPrimitives.Divide(outputs, rows, outputs);
        return logLikelihood;
    }

    /// <summary>dL/dθ = dL/dW ∘ (1 + sqrt(α) E) with dL/dW = Input ⊗ dL/dOutput, and dL/dOutput of the layer below.</summary>
    private void Backward(Layer layer, float[]? previousOutput)
        => _team.Run(
            (_, block) =>
            {
                float[] drawn = layer.TaskScratch[block];
                for (int i = block * Block; i < Math.Min(layer.Inputs, (block + 1) * Block); i++)
                {
                    Span<float> gradient = layer.Gradient.AsSpan(i * layer.Outputs, layer.Outputs);
                    TensorPrimitives.Multiply(layer.Output, layer.Input[i], drawn);
                    TensorPrimitives.Add(gradient, drawn, gradient);
                    TensorPrimitives.Multiply(drawn, layer.RootOfDropoutVariance, drawn);
                    TensorPrimitives.MultiplyAdd(drawn, layer.Noise.AsSpan(i * layer.Outputs, layer.Outputs), gradient, gradient);
                    if (previousOutput is not null)
                        previousOutput[i] = previousOutput[i] > 0 ? TensorPrimitives.Dot(layer.Drawn.AsSpan(i * layer.Outputs, layer.Outputs), layer.Output) : 0;
                }
            },
            Tasks(layer.Inputs, Block));

    private static int Tasks(int count, int size) => (count + size - 1) / size;

    /// <summary>A layer's parameters, row-major [inputs × outputs], and what the row in work has written.</summary>
    private sealed class Layer(TrainedLayer layer, int index)
    {
        public int Index { get; } = index;

        public int Inputs { get; } = layer.Inputs;

        public int Outputs { get; } = layer.Outputs;

        public float RootOfDropoutVariance { get; } = MathF.Exp(0.5f * layer.LogVariances.Single());

        /// <summary>θ.</summary>
        public float[] Means { get; } = layer.Weights;

        public float[] Biases { get; } = layer.Biases;

        /// <summary>sqrt(α) θ: σ with the sign of θ, for which the noise has no preference.</summary>
        public float[] Deviations { get; } = [.. layer.Weights.Select(weight => weight * MathF.Exp(0.5f * layer.LogVariances.Single()))];

        public float[] Noise { get; } = new float[layer.Weights.Length];

        /// <summary>W.</summary>
        public float[] Drawn { get; } = new float[layer.Weights.Length];

        public float[] Gradient { get; } = new float[layer.Weights.Length];

        public float[] Input { get; } = new float[layer.Inputs];

        /// <summary>Pre-activations, and later their gradient.</summary>
        public float[] Output { get; } = new float[layer.Outputs];

        /// <summary>A row of dL/dW for each task.</summary>
        public float[][] TaskScratch { get; } = [.. Enumerable.Range(0, Tasks(layer.Inputs, Block)).Select(_ => new float[layer.Outputs])];
    }
}
