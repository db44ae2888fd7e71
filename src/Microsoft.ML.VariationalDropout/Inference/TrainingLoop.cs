using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;

namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Passes over the data in minibatches; keeps the last good and the best parameters.</summary>
internal sealed class TrainingLoop<TLanes>
    where TLanes : unmanaged, ILanes<TLanes, float>
{
    private readonly TrainingSet _training;
    private readonly ValidationSet? _validation;
    private readonly TrainingSettings _settings;
    private readonly ITrainingMonitor _monitor;
    private readonly RowSplit _split;
    private readonly TrainingStatistics _statistics;
    private readonly FeatureScaling? _scaling;

    /// <summary>The feature that each input is made of; null when input i is feature i.</summary>
    private readonly int[]? _inputFeatures;
    private readonly TargetScaling? _targets;
    private readonly TrainingPass<TLanes, float> _pass;
    private readonly AdamOptimizer<TLanes, float> _optimizer;
    private readonly uint _seed;
    private readonly int _previousIterations;

    /// <summary>The parameters of the last iteration, once there was one: written to again after every one.</summary>
    private TrainedLayer[]? _snapshot;
    private uint _step;
    private TrainedNetwork? _last;
    private TrainedNetwork? _best;
    private double _bestLogLoss = double.PositiveInfinity;

    public TrainingLoop(TrainingSet training, TrainingSet? validation, TrainingSettings settings, TrainedNetwork? previous, ITrainingMonitor monitor, KernelPath path, WorkerTeam team)
    {
        _training = training;
        _monitor = monitor;
        _split = validation is null && settings.ValidationSetFraction > 0
            ? RowSplit.Draw(training.RowCount, settings.ValidationSetFraction, settings.Seed)
            : RowSplit.None(training.RowCount);
        bool hasClasses = settings.Architecture.Likelihood is Likelihood.Categorical or Likelihood.Bernoulli;
        if (hasClasses && _split.KeptCount > 0 && HasOneClass(training, _split))
            throw new OneClassException(_split.TrainingCount);
        if (settings.BalanceClasses)
            ClassBalance.Apply(training, _split);
        _validation = validation is not null ? new ValidationSet(validation, path, team) : _split.KeptCount > 0 ? new ValidationSet(training, path, team, _split) : null;
        _previousIterations = previous?.Summary.TotalIterations ?? 0;
        _seed = SeedAfter(settings.Seed, _previousIterations);
        if (settings.Architecture.HasSparseInputs && previous?.Scaling?.Means.Any(mean => mean != 0) == true)
            throw new InvalidOperationException("Features that were shifted in an earlier training cannot be sparse in this one.");
        bool standardizes = previous is null && settings.StandardizeFeatures;
        bool scalesTogether = previous is null && !standardizes && settings.ScalesSparseFeaturesTogether && training.IsSparse;
        FeatureBins? bins = standardizes && settings.Bins is not null && !training.IsSparse ? FeatureBins.Find(training, _split, settings.Bins) : null;
        _inputFeatures = previous is not null ? previous.InputFeatures : bins?.Features;
        settings = settings with { Architecture = settings.Architecture with { InputSize = _inputFeatures?.Length ?? training.FeatureCount } };
        _settings = settings;
        _statistics = TrainingStatistics.Compute(training, _split, ofFeatures: standardizes || scalesTogether, ofTargets: previous is null && !hasClasses, settings.OutlierThreshold, bins, scalesTogether);
        _scaling = previous is not null ? previous.Scaling : _statistics.Scaling;
        _targets = hasClasses ? null : previous is not null ? previous.Targets : _statistics.Targets;

        _pass = new TrainingPass<TLanes, float>(settings.CreateLayerSettings(), _targets, Math.Min(settings.BatchSize, _split.TrainingCount), team, _inputFeatures);
        _optimizer = new AdamOptimizer<TLanes, float>(settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay);
        var start = previous?.Layers ?? NetworkInitializer.Create(settings);
        for (int l = 0; l < start.Count; l++)
            _pass.Layers[l].Load(start[l]);
        previous?.LogNoiseVariances.CopyTo(_pass.LogNoiseVariances.Values.Span);
        _snapshot = previous is null ? [.. start] : null;
    }

    private bool StopsEarly => _settings.EarlyStoppingPatience > 0 && _validation is not null;

    private double AverageScale => _settings.ParameterAveraging ? 1 / _optimizer.AverageWeight : 1;

    /// <param name="checkpoints">Keeps the state after each iteration, and may have one to go on from; null for none.</param>
    public TrainedNetwork Run(ICheckpointStore? checkpoints)
    {
        var order = new RowOrder(_training, _split, _seed, _settings.Shuffle);
        _monitor.ThrowIfCancelled();
        for (int iteration = checkpoints?.Restore(Transfer) ?? 0; !IsOver(iteration); iteration++)
        {
            double logLikelihood = RunIteration(iteration, order);
            if (!double.IsFinite(logLikelihood) || !ParametersAreFinite())
            {
                if (_last is null)
                    throw new DivergenceException("The loss was not finite in the first iteration.");
                _monitor.Diverged(iteration + 1, _last.Summary.Iterations);
                break;
            }

            TrainedNetwork snapshot = Snapshot(iteration + 1, logLikelihood);
            _last = snapshot;
            double? logLoss = _validation?.LogLoss(snapshot);
            if (logLoss < _bestLogLoss)
            {
                // What is to be kept is not written to again; the memory of the best so far is.
                _bestLogLoss = logLoss.Value;
                if (StopsEarly)
                    _snapshot = _best is null ? null : [.. _best.Layers];
                _best = snapshot;
            }

            // A training that is over has nothing to go on with, and is not lost to a disk that is full by now.
            if (!IsOver(iteration + 1))
                checkpoints?.Save(iteration + 1, Transfer);
            _monitor.IterationEnded(new IterationReport
            {
                Iteration = iteration + 1,
                NumberOfIterations = _settings.NumberOfIterations,
                TotalWeight = _statistics.TotalWeight,
                ExpectedLogLikelihood = logLikelihood,
                KullbackLeibler = snapshot.Summary.KullbackLeibler,
                ValidationLogLoss = logLoss,
                MeanDropoutRates = [.. snapshot.Layers.Select(layer => layer.MeanDropoutRate(_settings.Architecture.Posterior))],
            });
        }

        int made = _last!.Summary.Iterations;
        var chosen = StopsEarly && _best is not null ? _best : _last;
        return new TrainedNetwork(chosen.Architecture, chosen.Scaling, chosen.Layers, chosen.Summary with { Iterations = made, TotalIterations = _previousIterations + made })
        {
            InputFeatures = chosen.InputFeatures,
            Targets = chosen.Targets,
            LogNoiseVariances = chosen.LogNoiseVariances,
        };
    }

    /// <summary>Whether all iterations are made, or the metric has not improved for as many as there is patience for.</summary>
    private bool IsOver(int iterations)
        => iterations >= _settings.NumberOfIterations || (StopsEarly && iterations - (_best?.Summary.Iterations ?? 0) >= _settings.EarlyStoppingPatience);

    /// <summary>Saves or restores the state between two iterations. What follows from data and settings alone is made anew: their bits are the same.</summary>
    private void Transfer(StateTransfer state)
    {
        int iterations = _last?.Summary.Iterations ?? 0;
        double logLikelihood = _last?.Summary.ExpectedLogLikelihood ?? 0;
        state.Number(ref iterations);
        state.Number(ref logLikelihood);
        _optimizer.Transfer(state);
        foreach (var layer in _pass.Layers)
            layer.Transfer(state);
        _pass.LogNoiseVariances.Transfer(state);
        if (state.Restores)
        {
            _step = (uint)_optimizer.Steps;
            _last = Snapshot(iterations, logLikelihood);
        }

        if (StopsEarly)
            TransferBest(state);
    }

    private void TransferBest(StateTransfer state)
    {
        int iterations = _best?.Summary.Iterations ?? 0;
        state.Number(ref iterations);
        state.Number(ref _bestLogLoss);
        if (iterations == 0)
            return;
        if (iterations == _last!.Summary.Iterations)
        {
            // The layers of the best are not written to again.
            if (state.Restores)
                (_best, _snapshot) = (_last, null);
            return;
        }

        double logLikelihood = _best?.Summary.ExpectedLogLikelihood ?? 0, divergence = _best?.Summary.KullbackLeibler ?? 0;
        state.Number(ref logLikelihood);
        state.Number(ref divergence);
        if (state.Restores)
            _best = Blank(_last.Summary with { Iterations = iterations, TotalIterations = _previousIterations + iterations, BestIteration = iterations, ExpectedLogLikelihood = logLikelihood, KullbackLeibler = divergence });
        foreach (TrainedLayer layer in _best!.Layers)
        {
            state.Numbers(layer.Weights.AsSpan());
            state.Numbers(layer.Biases.AsSpan());
            state.Numbers(layer.LogVariances.AsSpan());
        }

        state.Numbers(_best.LogNoiseVariances.AsSpan());
    }

    /// <summary>One pass over the rows; Σ w log p over all of them, NaN as soon as it is not finite.</summary>
    private double RunIteration(int iteration, RowOrder order)
    {
        int count = _split.TrainingCount, step = 0;
        int steps = (int)(((long)count + _settings.BatchSize - 1) / _settings.BatchSize);
        var objective = new Objective(count, Objective.WarmUp(_settings.KullbackLeiblerScale, iteration, _settings.KullbackLeiblerWarmUpStart, _settings.KullbackLeiblerWarmUpIterations));
        double logLikelihood = 0;
        foreach (ReadOnlyMemory<int> rows in order.Minibatches(iteration, _settings.BatchSize))
        {
            _monitor.ThrowIfCancelled();
            _optimizer.BeginStep(LearningRate(iteration + ((double)step++ / steps)));
            logLikelihood += _pass.Run(_training, rows.Span, _scaling, objective, _seed, _step++, _optimizer);
            if (!double.IsFinite(logLikelihood))
                return double.NaN;
        }

        return logLikelihood;
    }

    private double LearningRate(double iteration)
    {
        double progress = iteration / _settings.NumberOfIterations;
        return _settings.LearningRate * (_settings.LearningRateSchedule == LearningRateSchedule.LinearDecay ? Math.Min(1, 2 * (1 - progress)) : 1);
    }

    private TrainedNetwork Snapshot(int iteration, double logLikelihood)
    {
        double scale = AverageScale;
        TrainedLayer[] layers = [.. _pass.Layers.Select((layer, l) => layer.Save(Kept, scale, _snapshot?[l]))];
        _snapshot = layers;
        var noise = Kept(_pass.LogNoiseVariances).Span[..(_settings.Architecture.Likelihood == Likelihood.Gaussian ? _settings.Architecture.OutputSize : 0)];
        float[] logNoiseVariances = new float[noise.Length];
        for (int t = 0; t < noise.Length; t++)
            logNoiseVariances[t] = (float)(noise[t] * scale);
        return CreateNetwork(layers, logNoiseVariances, new TrainingSummary
        {
            Rows = _split.TrainingCount,
            Iterations = iteration,
            TotalIterations = _previousIterations + iteration,
            BestIteration = iteration,
            ExpectedLogLikelihood = logLikelihood,
            KullbackLeibler = _pass.Layers.Zip(layers).Sum(pair => pair.First.KullbackLeibler(pair.Second)),
            Prior = _settings.Prior,
        });
    }

    /// <summary>A network of the same shape whose numbers are still to come.</summary>
    private TrainedNetwork Blank(TrainingSummary summary)
        => CreateNetwork(
            [.. _last!.Layers.Select(layer => new TrainedLayer
            {
                Inputs = layer.Inputs,
                Outputs = layer.Outputs,
                Weights = new float[layer.Weights.Length],
                Biases = new float[layer.Biases.Length],
                LogVariances = new float[layer.LogVariances.Length],
            })],
            new float[_last.LogNoiseVariances.Length],
            summary);

    private TrainedNetwork CreateNetwork(TrainedLayer[] layers, float[] logNoiseVariances, TrainingSummary summary)
        => new(_settings.Architecture, _scaling, layers, summary) { InputFeatures = _inputFeatures, Targets = _targets, LogNoiseVariances = logNoiseVariances };

    /// <summary>What is kept of a parameter: its values, or their average before its bias correction.</summary>
    private AlignedBuffer<float> Kept(Parameter<float> parameter) => _settings.ParameterAveraging ? parameter.Average! : parameter.Values;

    /// <summary>Looked at before the last good parameters are written over. The divergence is finite where they are.</summary>
    private bool ParametersAreFinite()
        => AllFinite(_pass.LogNoiseVariances) && _pass.Layers.All(layer => AllFinite(layer.Weights) && AllFinite(layer.Biases) && (!layer.IsLearned || AllFinite(layer.LogVariances)));

    private bool AllFinite(Parameter<float> parameter)
    {
        double scale = AverageScale;
        foreach (float value in Kept(parameter).Span)
        {
            if (!float.IsFinite((float)(value * scale)))
                return false;
        }

        return true;
    }

    /// <summary>The seed of noise and order: a training that goes on from another one must not see the same draws again. The rows kept aside stay the same.</summary>
    private static uint SeedAfter(uint seed, int iterations)
        => iterations == 0 ? seed : CounterRandom.Philox((uint)iterations, 0, 0, 0, seed, (uint)NoiseStream.Continuation).W0;

    private static bool HasOneClass(TrainingSet data, RowSplit split)
    {
        float? only = null;
        foreach (var (first, end) in data.Runs())
        {
            for (int row = first; row < end; row++)
            {
                if (split.IsKept(row))
                    continue;
                if (data.Label(row) != (only ?? data.Label(row)))
                    return false;
                only = data.Label(row);
            }
        }

        return true;
    }
}
