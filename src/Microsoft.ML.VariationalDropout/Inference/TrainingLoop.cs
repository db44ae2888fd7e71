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
    private readonly int[] _rows;
    private readonly double _totalWeight;
    private readonly FeatureScaling? _scaling;
    private readonly TargetScaling? _targets;
    private readonly TrainingPass<TLanes, float> _pass;
    private readonly AdamOptimizer<TLanes, float> _optimizer;
    private readonly uint _seed;
    private readonly int _previousIterations;
    private uint _step;

    public TrainingLoop(TrainingSet training, TrainingSet? validation, TrainingSettings settings, TrainedNetwork? previous, ITrainingMonitor monitor, KernelPath path, WorkerTeam team)
    {
        _training = training;
        _settings = settings;
        _monitor = monitor;

        int[] rows = new int[training.RowCount];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = i;
        int[] kept = [];
        if (validation is null && settings.ValidationSetFraction > 0)
            (rows, kept) = Split(rows, settings.ValidationSetFraction, settings.Seed);
        bool hasClasses = settings.Architecture.Likelihood is Likelihood.Categorical or Likelihood.Bernoulli;
        if (hasClasses && kept.Length > 0 && Array.TrueForAll(rows, row => training.Label(row) == training.Label(rows[0])))
            throw new OneClassException(rows.Length);
        if (settings.BalanceClasses)
            ClassBalance.Apply(training, rows);
        _rows = rows;
        _totalWeight = rows.Sum(row => (double)training.Weight(row));
        _validation = validation is not null ? new ValidationSet(validation, path, team) : kept.Length > 0 ? new ValidationSet(training, path, team, kept) : null;
        _previousIterations = previous?.Summary.TotalIterations ?? 0;
        _seed = SeedAfter(settings.Seed, _previousIterations);
        if (settings.Architecture.HasSparseInputs && previous?.Scaling?.Means.Any(mean => mean != 0) == true)
            throw new InvalidOperationException("Features that were shifted in an earlier training cannot be sparse in this one.");
        _scaling = previous is not null ? previous.Scaling : settings.StandardizeFeatures ? FeatureStatistics.Standardize(training, _rows) : null;

        _targets = hasClasses ? null : previous is not null ? previous.Targets : TargetStatistics.Standardize(training, _rows);

        _pass = new TrainingPass<TLanes, float>(settings.CreateLayerSettings(), _targets, Math.Min(settings.BatchSize, _rows.Length), team);
        _optimizer = new AdamOptimizer<TLanes, float>(settings.Beta1, settings.Beta2, settings.Epsilon);
        var start = previous?.Layers ?? NetworkInitializer.Create(settings);
        for (int l = 0; l < start.Count; l++)
            _pass.Layers[l].Load(start[l]);
        previous?.LogNoiseVariances.CopyTo(_pass.LogNoiseVariances.Values.Span);
    }

    public TrainedNetwork Run()
    {
        TrainedNetwork? last = null, best = null;
        double bestLogLoss = double.PositiveInfinity;
        var order = new int[_rows.Length];
        bool stopsEarly = _settings.EarlyStoppingPatience > 0 && _validation is not null;
        _monitor.ThrowIfCancelled();
        for (int iteration = 0; iteration < _settings.NumberOfIterations; iteration++)
        {
            _rows.CopyTo(order, 0);
            if (_settings.Shuffle)
                new CounterRandom(_seed, NoiseStream.Shuffle, (uint)iteration).Shuffle(order);

            double logLikelihood = RunIteration(iteration, order);
            var snapshot = double.IsFinite(logLikelihood) ? Snapshot(iteration + 1, logLikelihood) : null;
            if (snapshot is null || !IsFinite(snapshot))
            {
                if (last is null)
                    throw new DivergenceException("The loss was not finite in the first iteration.");
                _monitor.Diverged(iteration + 1, last.Summary.Iterations);
                break;
            }

            last = snapshot;
            double? logLoss = _validation?.LogLoss(snapshot);
            if (logLoss < bestLogLoss)
            {
                bestLogLoss = logLoss.Value;
                best = snapshot;
            }

            _monitor.IterationEnded(new IterationReport
            {
                Iteration = iteration + 1,
                NumberOfIterations = _settings.NumberOfIterations,
                TotalWeight = _totalWeight,
                ExpectedLogLikelihood = logLikelihood,
                KullbackLeibler = snapshot.Summary.KullbackLeibler,
                ValidationLogLoss = logLoss,
                MeanDropoutRates = [.. snapshot.Layers.Select(layer => layer.MeanDropoutRate(_settings.Architecture.Posterior))],
            });
            if (stopsEarly && iteration + 1 - (best?.Summary.Iterations ?? 0) >= _settings.EarlyStoppingPatience)
                break;
        }

        int made = last!.Summary.Iterations;
        var chosen = stopsEarly && best is not null ? best : last;
        return new TrainedNetwork(chosen.Architecture, chosen.Scaling, chosen.Layers, chosen.Summary with { Iterations = made, TotalIterations = _previousIterations + made })
        {
            Targets = chosen.Targets,
            LogNoiseVariances = chosen.LogNoiseVariances,
        };
    }

    /// <summary>One pass over the rows; Σ w log p over all of them, NaN as soon as it is not finite.</summary>
    private double RunIteration(int iteration, int[] order)
    {
        int batchSize = _settings.BatchSize;
        int steps = (order.Length + batchSize - 1) / batchSize;
        var objective = new Objective(order.Length, Objective.WarmUp(_settings.KullbackLeiblerScale, iteration, _settings.KullbackLeiblerWarmUpStart, _settings.KullbackLeiblerWarmUpIterations));
        double logLikelihood = 0;
        for (int step = 0; step < steps; step++)
        {
            _monitor.ThrowIfCancelled();
            _optimizer.BeginStep(LearningRate(iteration + ((double)step / steps)));
            var rows = order.AsSpan(step * batchSize, Math.Min(batchSize, order.Length - (step * batchSize)));
            logLikelihood += _pass.Run(_training, rows, _scaling, objective, _seed, _step++, _optimizer);
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
        Func<Parameter<float>, AlignedBuffer<float>> select = _settings.ParameterAveraging ? p => p.Average! : p => p.Values;
        double scale = _settings.ParameterAveraging ? 1 / _optimizer.AverageWeight : 1;
        TrainedLayer[] layers = [.. _pass.Layers.Select(layer => layer.Save(select, scale))];
        var noise = select(_pass.LogNoiseVariances).Span[..(_settings.Architecture.Likelihood == Likelihood.Gaussian ? _settings.Architecture.OutputSize : 0)];
        float[] logNoiseVariances = new float[noise.Length];
        for (int t = 0; t < noise.Length; t++)
            logNoiseVariances[t] = (float)(noise[t] * scale);
        return new TrainedNetwork(_settings.Architecture, _scaling, layers, new TrainingSummary
        {
            Rows = _rows.Length,
            Iterations = iteration,
            TotalIterations = _previousIterations + iteration,
            BestIteration = iteration,
            ExpectedLogLikelihood = logLikelihood,
            KullbackLeibler = _pass.Layers.Zip(layers).Sum(pair => pair.First.KullbackLeibler(pair.Second)),
            Prior = _settings.Prior,
        })
        {
            Targets = _targets,
            LogNoiseVariances = logNoiseVariances,
        };
    }

    private static bool IsFinite(TrainedNetwork network)
        => double.IsFinite(network.Summary.KullbackLeibler)
            && AllFinite(network.LogNoiseVariances)
            && network.Layers.All(layer => AllFinite(layer.Weights) && AllFinite(layer.Biases) && AllFinite(layer.LogVariances));

    private static bool AllFinite(float[] values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }

    /// <summary>The seed of noise and order: a training that goes on from another one must not see the same draws again. The rows kept aside stay the same.</summary>
    private static uint SeedAfter(uint seed, int iterations)
        => iterations == 0 ? seed : CounterRandom.Philox((uint)iterations, 0, 0, 0, seed, (uint)NoiseStream.Continuation).W0;

    /// <summary>Keeps a random share of the rows aside, at least one and at most all but one; both parts stay in the order of the data.</summary>
    private static (int[] Training, int[] Validation) Split(int[] rows, double fraction, uint seed)
    {
        if (rows.Length < 2)
            return (rows, []);

        var shuffled = (int[])rows.Clone();
        new CounterRandom(seed, NoiseStream.ValidationSplit, 0).Shuffle(shuffled);
        int count = Math.Clamp((int)Math.Round(fraction * rows.Length), 1, rows.Length - 1);
        var validation = shuffled[..count];
        var training = shuffled[count..];
        Array.Sort(validation);
        Array.Sort(training);
        return (training, validation);
    }
}
