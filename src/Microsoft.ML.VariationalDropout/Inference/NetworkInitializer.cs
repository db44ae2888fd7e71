using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Start values of a network: the same numbers on every kernel path.</summary>
internal static unsafe class NetworkInitializer
{
    /// <summary>
    /// Weights N(0, g / inputs), g = 2 below rectifier-like units (He et al. 2015) and 1 below tanh, sigmoid and the outputs; biases 0; log α from the dropout rates.
    /// </summary>
    public static IReadOnlyList<TrainedLayer> Create(TrainingSettings settings)
    {
        var architecture = settings.Architecture;
        var layers = new TrainedLayer[architecture.LayerCount];
        for (int l = 0; l < layers.Length; l++)
        {
            int inputs = architecture.InputsOf(l), outputs = architecture.OutputsOf(l);
            bool isRectified = l < layers.Length - 1 && architecture.Activation is not (Activation.Tanh or Activation.Sigmoid);
            double rate = l == 0 ? settings.InitialInputDropoutRate : settings.InitialHiddenDropoutRate;
            double variance = Math.Clamp(rate / (1 - rate), settings.MinimumDropoutVariance, settings.MaximumDropoutVariance);
            var logVariances = new float[architecture.DropoutVariancesOf(l)];
            Array.Fill(logVariances, (float)Math.Log(variance));
            layers[l] = new TrainedLayer
            {
                Inputs = inputs,
                Outputs = outputs,
                Weights = Normals(settings.Seed, l, inputs, outputs, Math.Sqrt((isRectified ? 2.0 : 1.0) / inputs)),
                Biases = new float[outputs],
                LogDropoutVariances = logVariances,
            };
        }

        return layers;
    }

    private static float[] Normals(uint seed, int layer, int inputs, int outputs, double deviation)
    {
        var result = new float[checked(inputs * outputs)];
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < outputs; j++)
            {
                if (j % BlockedMatrix.BlockSize == 0)
                {
                    var counters = new NoiseCounters { Seed = seed, Stream = NoiseStream.Initialization, Layer = (uint)layer, Panel = (uint)(j / BlockedMatrix.Width), Row = (uint)i };
                    GaussianNoise.Fill<SingleLane>(counters, tile);
                }

                result[(i * outputs) + j] = (float)(deviation * tile[j % BlockedMatrix.BlockSize]);
            }
        }

        return result;
    }
}
