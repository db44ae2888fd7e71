using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>
/// The matrix products of the hidden layers of a network alone, on one thread: those of an ordinary training step (forward, weights' gradient,
/// inputs' gradient above the first layer), in the order and the groups in which a training step asks for them, with weights asked for ahead as there, and nothing
/// between.
/// </summary>
internal static class LayerProducts
{
    public static (Action Run, double Operations) Create(int[] shape, int rows, KernelPath path) => path switch
    {
        KernelPath.Avx512 => Of<Avx512Lanes>(shape, rows),
        KernelPath.Avx2 => Of<Avx2Lanes>(shape, rows),
        KernelPath.Portable => Of<PortableLanes>(shape, rows),
        _ => Of<SingleLane>(shape, rows),
    };

    private static (Action Run, double Operations) Of<TLanes>(int[] shape, int rows)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        Layer<TLanes>[] layers = [.. Enumerable.Range(0, shape.Length - 2).Select(l => new Layer<TLanes>(shape[l], shape[l + 1], rows, isFirst: l == 0))];
        return (() => Array.ForEach(layers, layer => layer.Run()), layers.Sum(layer => layer.Operations));
    }

    private sealed unsafe class Layer<TLanes>
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        private const int Width = BlockedMatrix.Width, BlockSize = BlockedMatrix.BlockSize, Group = TileProduct<TLanes, float>.PanelGroup;

        private readonly bool _isFirst;
        private readonly BlockedMatrix<float> _input, _weights, _output, _gradient, _inputGradient;

        /// <summary>The gradient as [row / 16][output][row % 16].</summary>
        private readonly AlignedBuffer<float> _transposed;

        public Layer(int inputs, int outputs, int rows, bool isFirst)
        {
            _isFirst = isFirst;
            _input = Random(rows, inputs);
            _weights = Random(inputs, outputs);
            _gradient = Random(rows, outputs);
            _output = new BlockedMatrix<float>(rows, outputs);
            _inputGradient = new BlockedMatrix<float>(rows, inputs);
            _transposed = new AlignedBuffer<float>((long)_gradient.PaddedRows * _gradient.Panels * Width);
            _gradient.Buffer.Span.CopyTo(_transposed.Span);
        }

        public double Operations => 2.0 * _input.Rows * _weights.Rows * _weights.Columns * (_isFirst ? 2 : 3);

        public void Run()
        {
            Forward();
            if (!_isFirst)
                InputGradient();
            WeightGradient();
        }

        private void Forward()
        {
            const int RowGroup = 512, Runs = 512;
            byte** runs = stackalloc byte*[Runs];
            var ahead = new PrefetchQueue(runs, Runs);
            for (int first = 0; first < _input.PaddedRows; first += RowGroup)
            {
                int end = Math.Min(_input.PaddedRows, first + RowGroup);
                for (int panel = 0; panel < _weights.Panels; panel += Group)
                {
                    int panels = Math.Min(Group, _weights.Panels - panel), next = Math.Min(_weights.Panels - Group, panel + Group);
                    int blocks = _weights.PaddedRows / Width;
                    for (int row = first; row < end; row += Width)
                    {
                        int part = blocks * (row - first) / (end - first), share = (blocks * (row + Width - first) / (end - first)) - part;
                        ahead.Clear();
                        for (int p = 0; p < Group; p++)
                            ahead.Add(_weights.At(next + p, part * Width), (long)share * BlockSize * sizeof(float));
                        ahead.Spread(TileProduct<TLanes, float>.StepsOf(panels, _weights.Rows));
                        TileProduct<TLanes, float>.Multiply(
                            _input.At(0, row), _input.PanelStride, _weights.At(panel, 0), _weights.PanelStride, panels, _weights.Rows, _output.At(panel, row), _output.PanelStride, &ahead);
                    }
                }
            }
        }

        private void InputGradient()
        {
            const int Pair = 2, Runs = 512;
            byte** runs = stackalloc byte*[Runs];
            var ahead = new PrefetchQueue(runs, Runs);
            nint stride = (nint)_gradient.Panels * BlockSize;
            for (int panel = 0; panel < _input.Panels; panel += Pair)
            {
                int panels = Math.Min(Pair, _input.Panels - panel), next = Math.Min(_input.Panels - Pair, panel + Pair);
                for (int row = 0; row < _input.PaddedRows; row += Group * Width)
                {
                    int tiles = Math.Min(Group, (_input.PaddedRows - row) / Width);
                    int part = _weights.Panels * row / _input.PaddedRows, end = Math.Min(_weights.Panels, _weights.Panels * (row + (Group * Width)) / _input.PaddedRows);
                    ahead.Clear();
                    for (int output = part; output < end; output++)
                        ahead.Add(_weights.At(output, next * Width), Pair * BlockSize * sizeof(float));
                    ahead.Spread(panels * TileProduct<TLanes, float>.StepsOf(tiles, _weights.Columns));
                    for (int p = panel; p < panel + panels; p++)
                    {
                        TileProduct<TLanes, float>.Multiply(
                            _weights.At(0, p * Width), _weights.PanelStride, _transposed.Pointer + (row / Width * stride), stride, tiles, _weights.Columns, _inputGradient.At(p, row), BlockSize, &ahead);
                    }
                }
            }
        }

        private void WeightGradient()
        {
            float* tiles = stackalloc float[Group * BlockSize];
            for (int panel = 0; panel < _weights.Panels; panel += Group)
            {
                for (int block = 0; block < _input.Panels; block++)
                {
                    TileProduct<TLanes, float>.MultiplyTransposed(
                        _input.At(block, 0), _gradient.At(panel, 0), _gradient.PanelStride, Math.Min(Group, _weights.Panels - panel), _input.PaddedRows, tiles, BlockSize);
                }
            }
        }

        private static BlockedMatrix<float> Random(int rows, int columns)
        {
            var random = new Random(rows + columns);
            var result = new BlockedMatrix<float>(rows, columns);
            foreach (ref float value in result.Buffer.Span)
                value = random.NextSingle() - 0.5f;
            return result;
        }
    }
}
