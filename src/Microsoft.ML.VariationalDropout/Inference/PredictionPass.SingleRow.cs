using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// One row without noise, units in the lanes: the same sums in the same order as in a block of rows, without fifteen lanes of padding.
/// </summary>
internal sealed unsafe partial class PredictionPass<TLanes>
{
    /// <summary>Tasks of each thread in a layer that threads share: some, so that they end together, and of about as many panels as are multiplied at a time.</summary>
    private const int TasksPerThread = 5;

    private readonly Action<int, int> _rowTask;
    private PredictionLayer? _rowLayer;
    private float* _rowInput;
    private float* _rowOutput;
    private bool _rowIsLast;
    private int _rowTasks;

    private void RunSingleRow(FeatureBlock features, int row, WorkerTeam? team)
    {
        _row ??= new AlignedBuffer<float>(2 * _widest);
        _rowInput = _row.Pointer;
        _rowOutput = _row.Pointer + _widest;
        if (_isSparse)
        {
            SetSparseRow(0, features, row);
        }
        else
        {
            for (int input = 0; input < _layers[0].Inputs; input += BlockedMatrix.Width)
                LoadInputs(features, row, input, _rowInput + input);
        }

        for (int l = 0; l < _layers.Count; l++)
        {
            _rowLayer = _layers[l];
            _rowIsLast = l == _layers.Count - 1;
            int panels = _rowLayer.Weights.Panels;
            if (l == 0 && _isSparse)
            {
                MultiplySparseRow(_rowLayer.Weights, _rowOutput);
                FinishRow(0, panels);
            }
            else if (team is null)
            {
                MultiplyRow(0, panels);
            }
            else
            {
                _rowTasks = Math.Min(panels, TasksPerThread * team.Size);
                team.Run(_rowTask, _rowTasks, alone: panels < 2 * team.Size);
            }

            float* written = _rowOutput;
            _rowOutput = _rowInput;
            _rowInput = _outputs = written;
        }

        _outputStep = 1;
    }

    private void MultiplyRowTask(int worker, int task)
    {
        int panels = _rowLayer!.Weights.Panels, first = task * panels / _rowTasks;
        MultiplyRow(first, ((task + 1) * panels / _rowTasks) - first);
    }

    private void MultiplyRow(int first, int panels)
    {
        BlockedMatrix<float> weights = _rowLayer!.Weights;
        RowProduct<TLanes, float>.Multiply(_rowInput, weights.At(first, 0), weights.PanelStride, panels, _rowLayer.Inputs, _rowOutput + (first * BlockedMatrix.Width));
        FinishRow(first, panels);
    }

    /// <summary>f(Γ + b), in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FinishRow(int first, int panels)
    {
        float* values = _rowOutput + (first * BlockedMatrix.Width);
        float* bias = _rowLayer!.Biases.Pointer + (first * BlockedMatrix.Width);
        int count = panels * BlockedMatrix.Width;
        for (int i = 0; i < count; i += TLanes.Count)
            TLanes.Store(TLanes.Load(values + i) + TLanes.Load(bias + i), values + i);
        if (!_rowIsLast)
            Activations<TLanes, float>.Apply(_network.Architecture.Activation, values, null, count);
    }
}
