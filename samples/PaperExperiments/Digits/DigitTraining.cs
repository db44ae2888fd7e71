using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Transforms;
using PaperExperiments.Study;
using Samples;

namespace PaperExperiments.Digits;

/// <summary>A trained classifier of digits.</summary>
internal sealed class DigitTraining
{
    private readonly MLContext _mlContext;
    private readonly IDataView _evaluated;

    private DigitTraining(MLContext mlContext, VariationalDropoutMulticlassPredictionTransformer model, IDataView evaluated, double secondsPerEpoch)
        => (_mlContext, Model, _evaluated, SecondsPerEpoch) = (mlContext, model, evaluated, secondsPerEpoch);

    public VariationalDropoutMulticlassPredictionTransformer Model { get; }

    /// <summary>Measured in this process: of a training that was resumed, over the passes after that.</summary>
    public double SecondsPerEpoch { get; }

    /// <summary>
    /// What all studies of digits train with. Nothing is left to the library's defaults, here and by the caller: those are for data that nobody knows, and may change.
    /// </summary>
    public static VariationalDropoutMulticlassTrainer.Options CreateOptions(int seed) => new()
    {
        Activation = Activation.Relu,
        KullbackLeiblerForm = KullbackLeiblerForm.Exact,
        KullbackLeiblerWarmUpStart = 0,
        KullbackLeiblerWarmUpIterations = 0,
        WeightDecay = 0,
        ParameterAveraging = false,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
        Shuffle = true,
        UnbalancedSets = false,

        // Pixels divided by 255, as they are.
        StandardizeFeatures = false,
        OutlierThreshold = 0,
        MaximumBinCountPerFeature = 0,

        // The last parameters are reported, and every row is trained on: nothing may look for the best pass.
        ValidationSetFraction = 0,
        EarlyStoppingPatience = 0,
        Seed = seed,
    };

    /// <param name="digits">The rows.</param>
    /// <param name="options">All that decides what is learned; progress, cancellation and the file of checkpoints are set here.</param>
    /// <param name="checkpointFile">Where the training keeps its state after every pass, and resumes from.</param>
    /// <param name="clock">Told every pass.</param>
    /// <param name="cancellation">Ends the training between two steps. What is measured afterwards is not ended.</param>
    public static DigitTraining Run(DigitSets digits, VariationalDropoutMulticlassTrainer.Options options, string checkpointFile, StudyClock clock, CancellationToken cancellation)
    {
        var mlContext = new MLContext(options.Seed);
        WarningLines.Show(mlContext);
        IDataView train = mlContext.Data.LoadFromEnumerable(digits.Train);
        ValueToKeyMappingTransformer labels = mlContext.Transforms.Conversion
            .MapValueToKey("Label", nameof(DigitImage.Digit), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(train);
        var epochs = new EpochTimes();
        options.CheckpointFile = checkpointFile;
        options.CancellationToken = cancellation;
        options.Progress = new SynchronousProgress<TrainingProgress>(progress =>
        {
            epochs.Add(progress.Iteration);
            clock.EpochEnded(progress.Iteration);
        });
        VariationalDropoutMulticlassPredictionTransformer model = mlContext.MulticlassClassification.Trainers.VariationalDropout(options).Fit(labels.Transform(train));

        // From here on nothing may end the run: its checkpoint is gone, and its figures are not yet written.
        return new(mlContext, model, labels.Transform(mlContext.Data.LoadFromEnumerable(digits.Evaluated)), epochs.SecondsPerEpoch);
    }

    /// <summary>Share of wrong answers in percent, of a model made from this one.</summary>
    public double ErrorPercent(VariationalDropoutMulticlassPredictionTransformer model)
        => 100 * (1 - _mlContext.MulticlassClassification.Evaluate(model.Transform(_evaluated)).MicroAccuracy);

    /// <summary>Seconds of the passes that were seen. The first has the reading of the rows in it, and counts only if it is alone.</summary>
    private sealed class EpochTimes
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private double _first, _last;
        private int _count;

        public double SecondsPerEpoch => _count < 2 ? _last : (_last - _first) / (_count - 1);

        public void Add(int iteration)
        {
            _last = _watch.Elapsed.TotalSeconds;
            if (_count++ == 0)
                _first = _last;
        }
    }
}
