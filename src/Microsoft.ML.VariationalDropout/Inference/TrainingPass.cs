using System.Runtime.CompilerServices;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// One minibatch through the network and back, cut into tasks for a <see cref="WorkerTeam"/>. Each task writes what no other task
/// writes, so that the bits do not depend on the number of threads.
/// </summary>
internal sealed unsafe partial class TrainingPass<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged
{
    /// <summary>Rows that share one computation of the variances of a group of panels, at most.</summary>
    private const int LargestRowGroup = 512;

    /// <summary>Tasks for each thread in a phase, as far as rows can be split: the threads then end at about the same time. Small layers have few: each costs some hundred nanoseconds.</summary>
    private const int TasksPerThread = 16, TasksPerThreadOfSmall = 2;

    /// <summary>Multiply-adds of a phase up to which a layer is small in that sense.</summary>
    private const long SmallPhase = 10_000_000;

    /// <summary>Panels of inputs that share one read of the rows' gradients.</summary>
    private const int InputGroup = 2;

    /// <summary>A network of no more weights than this stays in the second-level cache.</summary>
    private const int CachedBytes = 1 << 18;

    /// <summary>Blocks that a task asks memory for ahead of a product, at most.</summary>
    private const int AnnouncedRuns = 1024;

    /// <summary>Panels of one task: what the register tile takes at once.</summary>
    private const int PanelGroup = TileProduct<TLanes, T>.PanelGroup;

    /// <summary>Weight blocks in one task, at most; of layers with fewer than two such groups half of the blocks.</summary>
    private const int LargestBlockGroup = 8;

    /// <summary>Below this many multiply-adds a phase is done by the calling thread: waking another costs more.</summary>
    private const long SharingThreshold = 300_000;

    /// <summary>
    /// Gradients of an output below this share of their scale count as zero: what they would lead to further down are denormal numbers, which are slow.
    /// </summary>
    private const double SmallestError = 1e-13;

    private readonly NetworkArchitecture _architecture;
    private readonly DenseLayer<TLanes, T>[] _layers;
    private readonly BlockedMatrix<T> _outputs;
    private readonly AlignedBuffer<T>[] _scratch;
    private readonly double[][] _rowOutputs;
    private readonly double[] _tileLogLikelihoods;
    private readonly OutputLikelihood _likelihood;
    private readonly double[] _logNoiseVariances;
    private readonly double[] _tileNoiseGradients;
    private readonly double[] _tileRowWeights;
    private readonly AlignedBuffer<T> _noiseGradient;
    private readonly AlignedBuffer<uint> _rowIds;
    private readonly WorkerTeam _team;
    private readonly bool _announces;
    private readonly Action<int, int> _loadTask;
    private readonly Action<int, int> _sampleTask;
    private readonly Action<int, int> _forwardTask;
    private readonly Action<int, int> _weighTask;
    private readonly Action<int, int> _lossTask;
    private readonly Action<int, int> _scaleInputsTask;
    private readonly Action<int, int> _roundInputsTask;
    private readonly Action<int, int> _roundGradientsTask;
    private readonly Action<int, int> _backwardInputTask;
    private readonly Action<int, int> _backwardSparseInputTask;
    private readonly Action<int, int> _backwardWeightsTask;
    private readonly Action<int, int> _backwardSampledTask;

    private readonly int[]? _inputFeatures;

    // The minibatch in work.
    private TrainingSet _data = null!;
    private FeatureScaling? _scaling;
    private GradientConsumer<T>? _consumer;
    private int _rows;
    private int _paddedRows;
    private int _current;
    private int _rowGroup;
    private double _rowScale;
    private double _klScale;

    /// <param name="settings">The network and how its noise is drawn.</param>
    /// <param name="targets">Standardisation of the targets of a regression, or null.</param>
    /// <param name="capacity">Rows of the largest minibatch.</param>
    /// <param name="team">Who works.</param>
    /// <param name="inputFeatures">The feature that each input is made of; null when input i is feature i.</param>
    public TrainingPass(LayerSettings settings, TargetScaling? targets, int capacity, WorkerTeam team, int[]? inputFeatures = null)
    {
        _inputFeatures = inputFeatures;
        _architecture = settings.Architecture;
        _team = team;
        _likelihood = OutputLikelihood.Create(_architecture, targets, settings.HeteroscedasticBeta);
        _layers = new DenseLayer<TLanes, T>[_architecture.LayerCount];
        int widest = 0, highest = 0;
        long parameters = 0;
        bool hasVariances = NoiseForms.Of(_architecture.Posterior, settings.Estimator) == NoiseForm.Outputs, roundsVariances = false;
        for (int l = 0; l < _layers.Length; l++)
        {
            parameters += (long)_architecture.InputsOf(l) * _architecture.OutputsOf(l);
            highest = Math.Max(highest, BlockedMatrix.PadToBlock(_architecture.OutputsOf(l)));
            roundsVariances |= hasVariances && settings.RoundsVariances(_architecture.InputsOf(l), _architecture.OutputsOf(l), capacity);
        }

        _announces = parameters * sizeof(T) > CachedBytes;
        long transposedLength = (long)BlockedMatrix.PadToBlock(capacity) * highest;
        TransposedGradients<T>[] transposed = [new(transposedLength, hasVariances, roundsVariances), new(transposedLength, hasVariances, roundsVariances)];
        for (int l = 0; l < _layers.Length; l++)
        {
            bool isSparse = l == 0 && _architecture.HasSparseInputs;
            _layers[l] = new DenseLayer<TLanes, T>(l, settings, capacity, isSparse, transposed[l % 2]);
            widest = Math.Max(widest, BlockedMatrix.PadToBlock(Math.Max(isSparse ? 0 : _layers[l].Inputs, _layers[l].Outputs)));
        }

        _outputs = new BlockedMatrix<T>(capacity, _architecture.OutputSize);
        _tileLogLikelihoods = new double[_outputs.PaddedRows / BlockedMatrix.Width];
        _rowIds = new AlignedBuffer<uint>(_outputs.PaddedRows);
        int noiseCount = _likelihood.LogNoiseVarianceCount;
        LogNoiseVariances = new Parameter<T>(new AlignedBuffer<T>(BlockedMatrix.PadToBlock(noiseCount)), settings.IsAveraged)
        {
            Lower = GaussianLikelihood.LowestLogVariance,
            Upper = GaussianLikelihood.HighestLogVariance,
        };
        _logNoiseVariances = new double[noiseCount];
        _tileNoiseGradients = new double[_tileLogLikelihoods.Length * noiseCount];
        _tileRowWeights = new double[_tileLogLikelihoods.Length * _likelihood.RowWeightCount];
        _noiseGradient = new AlignedBuffer<T>(LogNoiseVariances.Values.Length);
        _scratch = new AlignedBuffer<T>[team.Size];
        _rowOutputs = new double[team.Size][];
        for (int worker = 0; worker < team.Size; worker++)
        {
            _scratch[worker] = new AlignedBuffer<T>((long)widest * BlockedMatrix.Width * Math.Max(PanelGroup, InputGroup));
            _rowOutputs[worker] = new double[_architecture.OutputSize];
        }

        _loadTask = _layers[0].IsSparse ? (_, tile) => LoadSparseTile(tile * BlockedMatrix.Width) : (_, tile) => LoadTile(tile * BlockedMatrix.Width);
        _sampleTask = (_, panel) => _layers[_current].SampleWeightPanel(panel);
        _forwardTask = Forward;
        _weighTask = WeighTile;
        _lossTask = DifferentiateTile;
        _scaleInputsTask = (_, panel) => _layers[_current].ScaleInputs(panel, _paddedRows);
        _roundInputsTask = (_, tile) => _layers[_current].RoundInputs(tile * BlockedMatrix.Width);
        _roundGradientsTask = (_, task) => _layers[_current].RoundGradients(task, _paddedRows);
        _backwardSparseInputTask = (worker, block) => _layers[_current].BackwardSparseInput(block, _scratch[worker].Pointer);
        _backwardInputTask = BackwardInput;
        _backwardWeightsTask = (_, task) => BackwardWeights(task);
        _backwardSampledTask = BackwardSampled;
    }

    public IReadOnlyList<DenseLayer<TLanes, T>> Layers => _layers;

    /// <summary>Logarithms of the noise variances of a homoscedastic regression, padded; empty for other likelihoods.</summary>
    public Parameter<T> LogNoiseVariances { get; }

    public double KullbackLeibler() => _layers.Sum(layer => layer.KullbackLeibler());

    /// <summary>Runs a minibatch and hands the gradient of the loss to <paramref name="consumer"/>, which may change the parameters.</summary>
    /// <param name="data">The training set.</param>
    /// <param name="rows">The minibatch: indices into <paramref name="data"/>, which are also the noise's row counters.</param>
    /// <param name="scaling">Standardisation, or null.</param>
    /// <param name="objective">Scales of likelihood and KL.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="step">Counter of the noise.</param>
    /// <param name="consumer">Takes the gradients; null computes the likelihood alone.</param>
    /// <returns>Σ w_i log p(y_i | x_i) of the minibatch, in nats.</returns>
    public double Run(TrainingSet data, ReadOnlySpan<int> rows, FeatureScaling? scaling, Objective objective, uint seed, uint step, GradientConsumer<T>? consumer)
    {
        _data = data;
        _scaling = scaling;
        _consumer = consumer;
        _rows = rows.Length;
        _paddedRows = BlockedMatrix.PadToBlock(_rows);
        _rowScale = Objective.RowScale(_rows);
        _klScale = objective.KullbackLeiblerScale;
        for (int i = 0; i < _paddedRows; i++)
            _rowIds.Pointer[i] = i < _rows ? (uint)rows[i] : uint.MaxValue;

        foreach (var layer in _layers)
            layer.PrepareStep(seed, step, _rowIds.Pointer);
        for (int t = 0; t < _logNoiseVariances.Length; t++)
            _logNoiseVariances[t] = Number<T>.ToDouble(LogNoiseVariances.Values.Pointer[t]);
        _likelihood.SetLogNoiseVariances(_logNoiseVariances);
        _layers[0].Sparse?.Load(data, rows);
        int tiles = _paddedRows / BlockedMatrix.Width;
        _team.Run(_loadTask, tiles, alone: FeaturesToLoad() < SharingThreshold / 16);
        for (_current = 0; _current < _layers.Length; _current++)
        {
            var layer = _layers[_current];
            if (layer.Form == NoiseForm.SharedWeights)
                _team.Run(_sampleTask, layer.OutputPanels, alone: (long)layer.Inputs * layer.Outputs < SharingThreshold / 16);
            int groups = Groups(layer.OutputPanels, PanelGroup);
            _rowGroup = RowGroup(layer, groups);
            if (layer.RoundsVariances)
            {
                _team.Run(_scaleInputsTask, layer.InputPanels, IsSmall(layer));
                _team.Run(_roundInputsTask, tiles, IsSmall(layer));
            }

            _team.Run(_forwardTask, groups * Groups(_paddedRows, _rowGroup), IsSmall(layer));
        }

        bool outputsAreFew = (long)_rows * _architecture.OutputSize < SharingThreshold / 64;
        if (_likelihood.RowWeightCount > 0)
        {
            _team.Run(_weighTask, tiles, outputsAreFew);
            SetMeanRowWeights(tiles);
        }

        _team.Run(_lossTask, tiles, outputsAreFew);

        double logLikelihood = 0;
        for (int tile = 0; tile < tiles; tile++)
            logLikelihood += _tileLogLikelihoods[tile];
        if (consumer is null || !double.IsFinite(logLikelihood))
            return logLikelihood;

        for (_current = _layers.Length - 1; _current >= 0; _current--)
        {
            var layer = _layers[_current];
            if (layer.Form == NoiseForm.SeparateWeights && !layer.IsSparse)
            {
                _team.Run(_backwardSampledTask, layer.InputPanels, IsSmall(layer));
                layer.BackwardLogVariances(_klScale, consumer);
                continue;
            }

            // The inputs' gradient first: it reads the weights that the weights' gradient then changes.
            if (layer.RoundsVariances)
                _team.Run(_roundGradientsTask, layer.RoundGradientTasks(_paddedRows), IsSmall(layer));
            if (_current > 0 || layer.NeedsInputGradient)
            {
                if (layer.IsSparse)
                    _team.Run(_backwardSparseInputTask, layer.InputPanels, IsSmall(layer));
                else
                    _team.Run(_backwardInputTask, Groups(layer.InputPanels, InputGroup), IsSmall(layer));
            }

            _team.Run(_backwardWeightsTask, Groups(layer.OutputPanels, PanelGroup) * Groups(layer.InputPanels, BlockGroup(layer)), IsSmall(layer));
            layer.BackwardLogVariances(_klScale, consumer);
        }

        if (_logNoiseVariances.Length > 0)
            AcceptNoiseGradient(tiles, consumer);
        return logLikelihood;
    }

    private bool IsSmall(DenseLayer<TLanes, T> layer) => (long)_rows * layer.Inputs * layer.Outputs < SharingThreshold;

    private long FeaturesToLoad() => _layers[0].Sparse is { } sparse ? sparse.RowStarts[_rows] : (long)_rows * _architecture.InputSize;

    private static int BlockGroup(DenseLayer<TLanes, T> layer) => Math.Min(LargestBlockGroup, Groups(layer.InputPanels, 2));

    private static int Groups(int count, int size) => (count + size - 1) / size;

    /// <summary>Rows of a forward task: as many as leave every thread enough tasks.</summary>
    private int RowGroup(DenseLayer<TLanes, T> layer, int panelGroups)
    {
        int tasks = (long)_rows * layer.Inputs * layer.Outputs < SmallPhase ? TasksPerThreadOfSmall : TasksPerThread;
        int wanted = Groups(tasks * _team.Size, panelGroups);
        return Math.Clamp(BlockedMatrix.PadToBlock(Groups(_paddedRows, wanted)), BlockedMatrix.Width, LargestRowGroup);
    }

    /// <summary>Sixteen rows of features, some panels at a time: finding a row costs more than its sixteen numbers.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadTile(int row)
    {
        const int Group = 8;
        T* tiles = stackalloc T[Group * BlockedMatrix.BlockSize];
        float* gathered = stackalloc float[Group * BlockedMatrix.Width];
        var layer = _layers[0];
        int rows = Math.Min(BlockedMatrix.Width, _rows - row);
        for (int panel = 0; panel < layer.InputPanels; panel += Group)
        {
            int first = panel * BlockedMatrix.Width, panels = Math.Min(Group, layer.InputPanels - panel);
            int width = Math.Min(Group * BlockedMatrix.Width, layer.Inputs - first);
            if (rows < BlockedMatrix.Width || width % BlockedMatrix.Width != 0)
                new Span<T>(tiles, panels * BlockedMatrix.BlockSize).Clear();
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> features = _data.Features((int)_rowIds.Pointer[row + i]);
                features = _inputFeatures is null ? features.Slice(first, width) : Gather(features, _inputFeatures.AsSpan(first, width), new Span<float>(gathered, width));
                LoadRow(first, features, tiles + (i * BlockedMatrix.Width));
            }

            FeatureScaling.Compress<TLanes, T>(_scaling, tiles, panels * BlockedMatrix.BlockSize);
            for (int p = 0; p < panels; p++)
                layer.StoreInput(panel + p, row, tiles + (p * BlockedMatrix.BlockSize));
        }
    }

    private static ReadOnlySpan<float> Gather(ReadOnlySpan<float> features, ReadOnlySpan<int> indices, Span<float> destination)
    {
        for (int i = 0; i < indices.Length; i++)
            destination[i] = features[indices[i]];
        return destination;
    }

    /// <summary>Standardised inputs of a row from input <paramref name="first"/> on, sixteen to a tile.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadRow(int first, ReadOnlySpan<float> features, T* tiles)
    {
        float* values = stackalloc float[BlockedMatrix.Width];
        for (int start = 0; start < features.Length; start += BlockedMatrix.Width, tiles += BlockedMatrix.BlockSize)
        {
            ReadOnlySpan<float> source = features.Slice(start, Math.Min(BlockedMatrix.Width, features.Length - start));
            if (typeof(T) == typeof(float))
            {
                FeatureScaling.Standardise(_scaling, first + start, source, new Span<float>(tiles, source.Length));
                continue;
            }

            FeatureScaling.Standardise(_scaling, first + start, source, new Span<float>(values, source.Length));
            for (int i = 0; i < source.Length; i++)
                tiles[i] = Number<T>.FromDouble(values[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadSparseTile(int row)
    {
        for (int i = row; i < Math.Min(_rows, row + BlockedMatrix.Width); i++)
            _layers[0].StoreSparseInput(i, _scaling, _data.SparseFeatures((int)_rowIds.Pointer[i], out _));
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(int worker, int task)
    {
        var layer = _layers[_current];
        var next = _current + 1 < _layers.Length ? _layers[_current + 1] : null;
        int groups = Groups(layer.OutputPanels, PanelGroup);
        int panel = task % groups * PanelGroup, panels = Math.Min(PanelGroup, layer.OutputPanels - panel);
        int firstRow = task / groups * _rowGroup;
        int endRow = Math.Min(_paddedRows, firstRow + _rowGroup);
        T* variances = _scratch[worker].Pointer;
        if (layer.Form == NoiseForm.Outputs && !layer.IsSparse)
            layer.FillVariancePanels(panel, panels, variances);

        byte** runs = stackalloc byte*[AnnouncedRuns];
        var ahead = new PrefetchQueue(runs, AnnouncedRuns);
        T* tiles = stackalloc T[PanelGroup * BlockedMatrix.BlockSize];
        for (int row = firstRow; row < endRow; row += BlockedMatrix.Width)
        {
            if (_announces && !layer.IsSparse)
                AnnounceNext(layer, next, task, row, firstRow, endRow, ref ahead);
            layer.Forward(panel, panels, row, variances, tiles, &ahead);
            for (int p = 0; p < panels; p++)
            {
                T* tile = tiles + (p * BlockedMatrix.BlockSize);
                if (next is null)
                {
                    new Span<T>(tile, BlockedMatrix.BlockSize).CopyTo(new Span<T>(_outputs.At(panel + p, row), BlockedMatrix.BlockSize));
                    continue;
                }

                Activations<TLanes, T>.Apply(_architecture.Activation, tile, layer.Slopes.At(panel + p, row), BlockedMatrix.BlockSize);
                layer.ClearPaddingColumns(panel + p, tile);
                next.StoreInput(panel + p, row, tile);
            }
        }
    }

    /// <summary>Asks for the tiles that the next 16 rows write, and for a share of the weights of the task that this thread comes to next if all go on at the same pace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AnnounceNext(DenseLayer<TLanes, T> layer, DenseLayer<TLanes, T>? next, int task, int row, int firstRow, int endRow, ref PrefetchQueue ahead)
    {
        int groups = Groups(layer.OutputPanels, PanelGroup), panel = task % groups * PanelGroup;
        ahead.Clear();
        for (int p = panel; row + BlockedMatrix.Width < endRow && p < Math.Min(layer.OutputPanels, panel + PanelGroup); p++)
            layer.AnnounceOutputs(p, row + BlockedMatrix.Width, next, ref ahead);
        if (groups == 1 && row + BlockedMatrix.Width < endRow)
            layer.AnnounceRows(row + BlockedMatrix.Width, ref ahead);

        int part = (row - firstRow) / BlockedMatrix.Width, parts = (endRow - firstRow) / BlockedMatrix.Width;
        layer.AnnouncePanels((task + _team.Size) % groups * PanelGroup, PanelGroup, part, parts, ref ahead);
        ahead.Spread((layer.Form == NoiseForm.Outputs ? 2 : 1) * TileProduct<TLanes, T>.StepsOf(Math.Min(PanelGroup, layer.OutputPanels - panel), layer.Inputs));
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardInput(int worker, int task)
    {
        var layer = _layers[_current];
        int panel = task * InputGroup, panels = Math.Min(InputGroup, layer.InputPanels - panel);
        byte** runs = stackalloc byte*[AnnouncedRuns];
        var ahead = new PrefetchQueue(runs, AnnouncedRuns);
        layer.BackwardInput(
            panel, panels, _paddedRows, _scratch[worker].Pointer, _current > 0 ? _layers[_current - 1] : null, (task + _team.Size) * InputGroup, _announces ? &ahead : null);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardWeights(int task)
    {
        var layer = _layers[_current];
        int groups = Groups(layer.InputPanels, BlockGroup(layer));
        int panel = task / groups * PanelGroup, panels = Math.Min(PanelGroup, layer.OutputPanels - panel);
        int size = BlockGroup(layer), first = task % groups * size;
        int end = Math.Min(layer.InputPanels, first + size);
        for (int block = first; block < end; block++)
            layer.BackwardWeights(block, panel, panels, _paddedRows, _klScale, _consumer!, _announces);
        for (int p = 0; first == 0 && p < panels; p++)
            layer.BackwardBiases(panel + p, _paddedRows, _consumer!);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardSampled(int worker, int block)
    {
        var layer = _layers[_current];
        layer.BackwardSampled(block, _paddedRows, _klScale, _scratch[worker].Pointer, _current > 0 ? _layers[_current - 1] : null, _consumer!);
        for (int panel = 0; block == 0 && panel < layer.OutputPanels; panel++)
            layer.BackwardBiases(panel, _paddedRows, _consumer!);
    }
}
