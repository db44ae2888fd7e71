using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The noise of the draws that a sampling transformer makes, written out. It is made on the path that all machines have, so that all write the same file.</summary>
internal static unsafe class PredictionNoise
{
    /// <summary>ζ for the units of a layer, [draws × units]: inputs where the noise is on the inputs, outputs elsewhere.</summary>
    public static float[] Normals(int layer, int units, int draws, uint seed)
    {
        float[] result = new float[checked(draws * units)];
        uint* samples = stackalloc uint[BlockedMatrix.Width];
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int draw = 0; draw < draws; draw += BlockedMatrix.Width)
        {
            int height = Math.Min(BlockedMatrix.Width, draws - draw);
            for (int i = 0; i < BlockedMatrix.Width; i++)
                samples[i] = (uint)(draw + i);
            for (int unit = 0; unit < units; unit += BlockedMatrix.Width)
            {
                int width = Math.Min(BlockedMatrix.Width, units - unit);
                var counters = new NoiseCounters
                {
                    Seed = seed,
                    Stream = NoiseStream.PredictionNoise,
                    Layer = (uint)layer,
                    Panel = (uint)(unit / BlockedMatrix.Width),
                    Rows = samples,
                };
                SingleLane.FillNormals(counters, tile);
                for (int i = 0; i < height; i++)
                    new ReadOnlySpan<float>(tile + (i * BlockedMatrix.Width), width).CopyTo(result.AsSpan(((draw + i) * units) + unit));
            }
        }

        return result;
    }

    /// <summary>s = 1 + n for the inputs of a layer, [draws × inputs].</summary>
    public static float[] InputFactors(PredictionLayer layer, WeightPosterior posterior, int index, int draws, uint seed)
    {
        float[] result = Normals(index, layer.Inputs, draws, seed);
        var noise = new InputNoise<SingleLane, float>(posterior, layer.LogVariance);
        ReadOnlySpan<float> deviations = layer.InputStandardDeviations.Span;
        fixed (float* factors = result)
        {
            for (int n = 0; n < result.Length; n++)
            {
                SingleLane deviation = noise.Draw(SingleLane.Create(deviations[n % layer.Inputs]), SingleLane.Load(factors + n));
                SingleLane.Store(SingleLane.Create(1f) + deviation, factors + n);
            }
        }

        return result;
    }
}
