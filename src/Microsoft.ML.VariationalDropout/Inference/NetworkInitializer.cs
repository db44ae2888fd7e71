using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Start values of a network: the same numbers on every kernel path.</summary>
internal static unsafe class NetworkInitializer
{
    /// <summary>log σ² of a Gaussian posterior starts this far below the logarithm of the variance that its means are drawn with.</summary>
    private const double GaussianOffset = -4;

    /// <summary>The weights of a head for log-variances start this much smaller than others, its biases at 0: close to log σ² = 0.</summary>
    private const float LogVarianceHeadScale = 0.01f;

    /// <summary>
    /// Weights N(0, g / inputs), g = 2 below rectifier-like units (He et al. 2015) and 1 below bounded ones and the outputs; biases 0; log α from the
    /// dropout rates, log σ² from the weights' variance.
    /// </summary>
    public static IReadOnlyList<TrainedLayer> Create(TrainingSettings settings)
    {
        var architecture = settings.Architecture;
        var layers = new TrainedLayer[architecture.LayerCount];
        for (int l = 0; l < layers.Length; l++)
        {
            int inputs = architecture.InputsOf(l), outputs = architecture.OutputsOf(l);
            bool isLast = l == layers.Length - 1;
            bool isRectified = !isLast && architecture.Activation is not (Activation.Tanh or Activation.Sigmoid);
            double weightVariance = (isRectified ? 2.0 : 1.0) / inputs;
            float[] weights = Normals(settings.Seed, l, inputs, outputs, Math.Sqrt(weightVariance));
            if (isLast && architecture.Likelihood == Likelihood.HeteroscedasticGaussian)
                ScaleLogVarianceHead(weights, inputs, outputs);
            var logVariances = new float[architecture.LogVariancesOf(l)];
            Array.Fill(logVariances, (float)LogVariance(settings, l, weightVariance));
            layers[l] = new TrainedLayer
            {
                Inputs = inputs,
                Outputs = outputs,
                Weights = weights,
                Biases = new float[outputs],
                LogVariances = logVariances,
            };
        }

        return layers;
    }

    private static double LogVariance(TrainingSettings settings, int layer, double weightVariance)
    {
        var posterior = settings.Architecture.Posterior;
        if (posterior == WeightPosterior.Gaussian)
            return Math.Log(weightVariance) + GaussianOffset;
        double rate = layer == 0 ? settings.InitialInputDropoutRate : settings.InitialHiddenDropoutRate;
        double variance = rate / (1 - rate);
        return Math.Log(posterior.IsLearned() ? Math.Clamp(variance, settings.MinimumDropoutVariance, settings.MaximumDropoutVariance) : variance);
    }

    private static void ScaleLogVarianceHead(float[] weights, int inputs, int outputs)
    {
        for (int i = 0; i < inputs; i++)
        {
            for (int j = outputs / 2; j < outputs; j++)
                weights[(i * outputs) + j] *= LogVarianceHeadScale;
        }
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
