using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>The normals that this library draws, for a peer that is to train on the very same ones.</summary>
internal static unsafe class OurNoise
{
    /// <summary>The normals of a step of a layer: [rows × units], units being its inputs or its outputs, wherever the noise is.</summary>
    public static float[] Draw(TrainingProblem problem, long step, int layer, int units)
    {
        ReadOnlySpan<int> batch = problem.Minibatch(step);
        var normals = new float[batch.Length * units];
        uint* rows = stackalloc uint[BlockedMatrix.Width];
        float* tile = stackalloc float[BlockedMatrix.BlockSize];
        for (int row = 0; row < batch.Length; row += BlockedMatrix.Width)
        {
            int count = Math.Min(BlockedMatrix.Width, batch.Length - row);
            for (int i = 0; i < BlockedMatrix.Width; i++)
                rows[i] = i < count ? (uint)batch[row + i] : uint.MaxValue;
            for (int panel = 0; panel < BlockedMatrix.PanelCount(units); panel++)
            {
                var counters = new NoiseCounters
                {
                    Seed = problem.Settings.Seed,
                    Stream = NoiseStream.TrainingNoise,
                    Step = (uint)step,
                    Layer = (uint)layer,
                    Panel = (uint)panel,
                    Rows = rows,
                };
                GaussianNoise.Fill<SingleLane>(counters, tile);
                int first = panel * BlockedMatrix.Width;
                for (int i = 0; i < count; i++)
                    new ReadOnlySpan<float>(tile + (i * BlockedMatrix.Width), Math.Min(BlockedMatrix.Width, units - first)).CopyTo(normals.AsSpan(((row + i) * units) + first));
            }
        }

        return normals;
    }
}
