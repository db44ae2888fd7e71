using BenchmarkDotNet.Attributes;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Benchmarks.Network;

/// <summary>
/// The passes of one layer on one thread, 128 rows, for the widest registers of the machine that are not wider than VARIATIONALDROPOUT_KERNELS allows: 512 units
/// round the variances to integers, 128 do not.
/// </summary>
public unsafe class LayerBenchmarks
{
    private const int Rows = 128;

    private readonly Discard _discard = new();
    private readonly AlignedBuffer<float> _tiles = new(3 * BlockedMatrix.BlockSize);
    private readonly AlignedBuffer<float> _ones = new(BlockedMatrix.BlockSize);
    private readonly AlignedBuffer<uint> _rowIds = new(Rows);
    private AlignedBuffer<float> _scratch = null!;
    private IPasses _passes = null!;

    private interface IPasses
    {
        void Forward();

        void BackwardInput();

        void BackwardWeights();
    }

    [Params(WeightPosterior.None, WeightPosterior.IndependentWeightNoise, WeightPosterior.Gaussian)]
    public WeightPosterior Posterior { get; set; }

    [Params(128, 512)]
    public int Units { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _scratch = new AlignedBuffer<float>(3L * Units * BlockedMatrix.Width);
        for (uint row = 0; row < Rows; row++)
            _rowIds.Span[(int)row] = row;

        // A gradient of 1 leaves what it multiplies in place as it is, however often that is timed.
        _ones.Span.Fill(1);
        _passes = KernelPaths.Current switch
        {
            KernelPath.Avx512 => new Passes<Avx512Lanes>(this),
            KernelPath.Avx2 => new Passes<Avx2Lanes>(this),
            KernelPath.Portable => new Passes<PortableLanes>(this),
            _ => new Passes<SingleLane>(this),
        };
        _passes.Forward();
        _passes.BackwardInput();
    }

    [Benchmark]
    public void Forward() => _passes.Forward();

    [Benchmark]
    public void BackwardInput() => _passes.BackwardInput();

    [Benchmark]
    public void BackwardWeights() => _passes.BackwardWeights();

    private sealed class Passes<TLanes> : IPasses
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        private readonly LayerBenchmarks _owner;
        private readonly DenseLayer<TLanes, float> _below;
        private readonly DenseLayer<TLanes, float> _layer;

        public Passes(LayerBenchmarks owner)
        {
            _owner = owner;
            var settings = new LayerSettings
            {
                Architecture = new NetworkArchitecture
                {
                    InputSize = owner.Units,
                    HiddenLayerSizes = [owner.Units, owner.Units],
                    OutputSize = 2,
                    Posterior = owner.Posterior,
                    Sharing = Combinations.DefaultSharing(owner.Posterior),
                },
                Divergence = new WeightDivergence(Combinations.DefaultPrior(owner.Posterior)),
            };
            _below = new DenseLayer<TLanes, float>(0, settings, Rows);
            _layer = new DenseLayer<TLanes, float>(1, settings, Rows);
            _layer.PrepareStep(1, 1, owner._rowIds.Pointer);
            owner._tiles.Span.Fill(0.1f);
            for (int row = 0; row < Rows; row += BlockedMatrix.Width)
            {
                for (int panel = 0; panel < _layer.InputPanels; panel++)
                    _layer.StoreInput(panel, row, owner._tiles.Pointer);
            }
        }

        public void Forward()
        {
            const int Group = TileProduct<TLanes, float>.PanelGroup;
            for (int panel = 0; _layer.RoundsVariances && panel < _layer.InputPanels; panel++)
                _layer.ScaleInputs(panel, Rows);
            for (int row = 0; _layer.RoundsVariances && row < Rows; row += BlockedMatrix.Width)
                _layer.RoundInputs(row);
            for (int panel = 0; panel < _layer.OutputPanels; panel += Group)
            {
                int panels = Math.Min(Group, _layer.OutputPanels - panel);
                if (_layer.Form == NoiseForm.Outputs)
                    _layer.FillVariancePanels(panel, panels, _owner._scratch.Pointer);
                for (int row = 0; row < Rows; row += BlockedMatrix.Width)
                    _layer.Forward(panel, panels, row, _owner._scratch.Pointer, _owner._tiles.Pointer);
            }
        }

        public void BackwardInput()
        {
            for (int panel = 0; panel < _layer.OutputPanels; panel++)
            {
                for (int row = 0; row < Rows; row += BlockedMatrix.Width)
                    _layer.StoreOutputGradient(panel, row, _owner._ones.Pointer);
            }

            for (int task = 0; _layer.RoundsVariances && task < _layer.RoundGradientTasks(Rows); task++)
                _layer.RoundGradients(task, Rows);
            for (int panel = 0; panel < _layer.InputPanels; panel += 2)
                _layer.BackwardInput(panel, Math.Min(2, _layer.InputPanels - panel), Rows, _owner._scratch.Pointer, _below, 0, null);
        }

        public void BackwardWeights()
        {
            const int Group = TileProduct<TLanes, float>.PanelGroup;
            for (int panel = 0; panel < _layer.OutputPanels; panel += Group)
            {
                for (int block = 0; block < _layer.InputPanels; block++)
                    _layer.BackwardWeights(block, panel, Math.Min(Group, _layer.OutputPanels - panel), Rows, 1e-4, _owner._discard, asksAhead: false);
            }
        }
    }

    /// <summary>Takes the gradients and does nothing with them.</summary>
    private sealed class Discard : GradientConsumer<float>
    {
        public override void Accept(Parameter<float> parameter, nint offset, float* gradient, int count)
        {
        }
    }
}
