using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Numerics;

/// <summary>One tile of each kernel on the path that VARIATIONALDROPOUT_KERNELS chooses: 2 × 16 × 16 × Count operations for a product.</summary>
public unsafe class KernelBenchmarks
{
    private readonly BlockedMatrix<float> _tile = new(16, 16);
    private readonly AlignedBuffer<uint> _rows = new(16);
    private BlockedMatrix<float> _left = null!;
    private BlockedMatrix<float> _right = null!;

    [Params(64, 512, 1200)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _left = new BlockedMatrix<float>(16, Count);
        _right = new BlockedMatrix<float>(Count, 16);
    }

    [Benchmark]
    public void Multiply()
    {
        switch (KernelPaths.Current)
        {
            case KernelPath.Avx512:
                TileProduct<Avx512Lanes, float>.Multiply(_left.At(0, 0), _left.PanelStride, _right.At(0, 0), Count, _tile.At(0, 0));
                break;
            case KernelPath.Avx2:
                TileProduct<Avx2Lanes, float>.Multiply(_left.At(0, 0), _left.PanelStride, _right.At(0, 0), Count, _tile.At(0, 0));
                break;
            case KernelPath.Portable:
                TileProduct<PortableLanes, float>.Multiply(_left.At(0, 0), _left.PanelStride, _right.At(0, 0), Count, _tile.At(0, 0));
                break;
            default:
                TileProduct<SingleLane, float>.Multiply(_left.At(0, 0), _left.PanelStride, _right.At(0, 0), Count, _tile.At(0, 0));
                break;
        }
    }

    /// <summary>256 normals; their number does not depend on Count.</summary>
    [Benchmark]
    public void Noise()
    {
        var counters = new NoiseCounters { Seed = 1, Stream = NoiseStream.TrainingNoise, Rows = _rows.Pointer };
        switch (KernelPaths.Current)
        {
            case KernelPath.Avx512:
                GaussianNoise.Fill<Avx512Lanes>(counters, _tile.At(0, 0));
                break;
            case KernelPath.Avx2:
                GaussianNoise.Fill<Avx2Lanes>(counters, _tile.At(0, 0));
                break;
            case KernelPath.Portable:
                GaussianNoise.Fill<PortableLanes>(counters, _tile.At(0, 0));
                break;
            default:
                GaussianNoise.Fill<SingleLane>(counters, _tile.At(0, 0));
                break;
        }
    }
}
