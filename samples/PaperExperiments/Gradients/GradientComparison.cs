using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using PaperExperiments.Speed;

namespace PaperExperiments.Gradients;

/// <summary>How far the mean gradients of two estimators are apart.</summary>
/// <param name="RootMeanSquare">Of the differences of all entries, each in its own standard errors: near 1 where the expectations are equal.</param>
/// <param name="Largest">The largest of them.</param>
/// <param name="Entries">How many there are.</param>
internal sealed record MeanDifference(double RootMeanSquare, double Largest, int Entries);

/// <summary>
/// The mean gradient of each estimator over fresh noise, for one minibatch of a small network: estimators of the same objective must agree, whatever their
/// variance and their speed.
/// </summary>
internal sealed class GradientComparison
{
    private const int Features = 12, Rows = 32;

    /// <summary>Noise written to memory is that of the library with the same seed; another one makes a comparison of its own.</summary>
    private const uint OtherSeeds = 1_000_000;

    private readonly NetworkArchitecture _architecture = new()
    {
        InputSize = Features,
        HiddenLayerSizes = [20, 18],
        OutputSize = 4,
        Posterior = WeightPosterior.IndependentWeightNoise,
        Sharing = DropoutVarianceSharing.Layer,
    };

    private readonly TrainingSet _data = new(Features);
    private readonly IReadOnlyList<TrainedLayer> _layers;
    private readonly int[] _rows = [.. Enumerable.Range(0, Rows)];
    private readonly int _draws;
    private readonly uint _seed;
    private readonly WorkerTeam _team;
    private readonly List<EntryMoments> _local;

    /// <param name="draws">Draws of the noise of each estimator.</param>
    /// <param name="seed">Of start values, rows and noise.</param>
    /// <param name="team">Who works.</param>
    public GradientComparison(int draws, uint seed, WorkerTeam team)
    {
        _seed = seed;
        _draws = draws;
        _team = team;
        _layers = NetworkInitializer.Create(new TrainingSettings { Architecture = _architecture, Seed = seed });
        var random = new CounterRandom(seed, NoiseStream.Shuffle, 0);
        for (int row = 0; row < Rows; row++)
        {
            foreach (ref float x in _data.Add(row % _architecture.OutputSize, 1))
                x = (random.Next(2001) / 1000f) - 1;
        }

        _data.Complete();
        _local = MeasurePass(GradientEstimator.LocalReparameterization);
    }

    /// <summary>An estimator of the library against local reparameterization.</summary>
    public MeanDifference Of(GradientEstimator estimator) => Difference(MeasurePass(estimator));

    /// <summary>Weight samples that are written to memory against local reparameterization.</summary>
    public MeanDifference OfMaterializedWeights()
    {
        // In the core's order of the weights.
        IReadOnlyList<LayerWeights> order = GradientPass.Create(_architecture, GradientEstimator.None, _layers, Rows, _team).Layers;
        List<EntryMoments> result = [.. order.Select(layer => new EntryMoments(layer.Parameter.Values.Length, layer.Inputs * layer.Outputs))];
        var weights = new MaterializedWeights(_layers, _team);
        for (int draw = 0; draw < _draws; draw++)
        {
            weights.Run(_data, _rows, OtherSeeds + _seed, (uint)draw);
            for (int l = 0; l < order.Count; l++)
            {
                result[l].BeginDraw();
                result[l].Add(0, order[l].FromRowMajor(weights.Gradient(l)));
                result[l].EndDraw();
            }
        }

        return Difference(result);
    }

    private List<EntryMoments> MeasurePass(GradientEstimator estimator)
    {
        GradientPass pass = GradientPass.Create(_architecture, estimator, _layers, Rows, _team);
        var moments = new GradientMoments();
        List<EntryMoments> result = [.. pass.Layers.Select(moments.Watch)];
        for (int draw = 0; draw < _draws; draw++)
        {
            moments.BeginDraw();
            pass.Run(_data, _rows, _seed, (uint)draw, moments);
            moments.EndDraw();
        }

        return result;
    }

    private MeanDifference Difference(List<EntryMoments> other)
    {
        double squares = 0, largest = 0;
        int entries = 0;
        for (int l = 0; l < other.Count; l++)
        {
            for (int i = 0; i < other[l].Means.Length; i++)
            {
                // Padding has no variance, and entries of units that no row reaches have none either.
                double variance = _local[l].VarianceOfMean(i) + other[l].VarianceOfMean(i);
                if (variance == 0)
                    continue;
                double difference = Math.Abs(_local[l].Means[i] - other[l].Means[i]) / Math.Sqrt(variance);
                squares += difference * difference;
                largest = Math.Max(largest, difference);
                entries++;
            }
        }

        return new(Math.Sqrt(squares / entries), largest, entries);
    }
}
