using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Targets in the label's units: as GaussianSummary has them.</summary>
internal sealed class GaussianNodes : ScoreNodes
{
    private readonly int _targets;
    private readonly bool _isHeteroscedastic;
    private readonly TargetScaling _scaling;
    private readonly float[] _noiseVariances;
    private readonly DataViewType _type;

    public GaussianNodes(TrainedNetwork network)
    {
        _targets = network.Architecture.LabelCount;
        _isHeteroscedastic = network.Architecture.Likelihood == Likelihood.HeteroscedasticGaussian;
        _scaling = network.Targets ?? TargetScaling.Identity(_targets);
        _noiseVariances = [.. network.LogNoiseVariances.Select(value => (float)Math.Exp(GaussianLikelihood.ClampLogVariance(value)))];

        // A regression of one target has a number as its score, of several a vector; in ONNX both are [rows, targets].
        _type = _targets == 1 ? NumberDataViewType.Single : new VectorDataViewType(NumberDataViewType.Single, _targets);
    }

    public override NetworkOutputs OfMean(GraphValue outputs)
    {
        GraphValue mean = Means(outputs, 1);
        return Predict(mean, _isHeteroscedastic ? NoiseVariances(outputs, 1) : NoiseVariances(mean));
    }

    public override NetworkOutputs OfDraws(GraphValue outputs)
    {
        GraphBuilder graph = outputs.Graph;
        GraphValue mean = Mean(Means(outputs, 2), out GraphValue epistemic);
        GraphValue noise = _isHeteroscedastic ? graph.Mean(NoiseVariances(outputs, 2), 0) : NoiseVariances(mean);
        return Predict(mean, GraphValue.Square(epistemic), epistemic, noise);
    }

    public override NetworkOutputs OfMoments(GraphMoments outputs)
    {
        GraphValue mean = Means(outputs.Mean, 1), variance = Means(outputs.Variance, 1);
        GraphValue noise = _isHeteroscedastic
            ? ExpectedNoiseVariance(Part(outputs.Mean, 1, _targets), Part(outputs.Variance, 1, _targets))
            : NoiseVariances(mean);
        return Predict(mean, variance, GraphValue.Sqrt(variance), noise);
    }

    /// <summary>E[e^c], c = v clamped to [L, U], v ~ N(m, s²): as OutputMoments has it.</summary>
    public static GraphValue ExpectedNoiseVariance(GraphValue mean, GraphValue variance)
    {
        const double L = GaussianLikelihood.LowestLogVariance, U = GaussianLikelihood.HighestLogVariance;
        const double InverseRootTwoPi = 0.39894228040143267794;

        // A smaller deviation changes the result by 5e-6 of it at most.
        GraphValue s = GraphValue.Max(GraphValue.Sqrt(variance), 1e-5);
        GraphValue a = (L - mean) / s, b = (U - mean) / s;
        GraphValue ends = (NormalTail.Distribution(a) * Math.Exp(L)) + (NormalTail.Distribution(-b) * Math.Exp(U));

        // Where e^(m + s²/2) might overflow: with Mills' ratio, as e^(U − b²/2).
        GraphValue upper = GraphValue.Exp(U - (GraphValue.Square(b) * 0.5)) * NormalTail.MillsRatio(GraphValue.Max(s - b, 0));
        GraphValue lower = GraphValue.Exp(L - (GraphValue.Square(a) * 0.5)) * NormalTail.MillsRatio(GraphValue.Max(s - a, 0));

        // Elsewhere m + s² ≤ U. Where both distributions are next to 1, e^(m + s²/2) is below e^L, and their rounding is nothing.
        GraphValue part = NormalTail.Distribution(b - s) - NormalTail.Distribution(a - s);
        GraphValue inside = GraphValue.Exp(GraphValue.Min(mean + (GraphValue.Square(s) * 0.5), U)) * part;
        GraphValue middle = GraphValue.Where(GraphValue.Less(b, s), (upper - lower) * InverseRootTwoPi, inside);
        return GraphValue.Clamp(ends + middle, Math.Exp(L), Math.Exp(U));
    }

    private NetworkOutputs Predict(GraphValue mean, GraphValue epistemicVariance, GraphValue epistemicDeviation, GraphValue noiseVariance)
    {
        NetworkOutputs result = Predict(mean, noiseVariance);
        result.Add(mean.Graph.Output(NetworkOutputs.StandardDeviation, _type, ToUnits(GraphValue.Sqrt(epistemicVariance + noiseVariance))));
        result.Add(mean.Graph.Output(NetworkOutputs.EpistemicStandardDeviation, _type, ToUnits(epistemicDeviation)));
        return result;
    }

    private NetworkOutputs Predict(GraphValue mean, GraphValue noiseVariance)
        => new()
        {
            mean.Graph.Output(DefaultColumnNames.Score, _type, ToUnits(mean) + mean.Graph.Tensor("TargetMeans", Single(_scaling.Means), _targets)),
            mean.Graph.Output(NetworkOutputs.AleatoricStandardDeviation, _type, ToUnits(GraphValue.Sqrt(noiseVariance))),
        };

    private GraphValue ToUnits(GraphValue value) => value * value.Graph.Tensor("TargetScales", Single(_scaling.Scales), _targets);

    private GraphValue Means(GraphValue outputs, int axis) => _isHeteroscedastic ? Part(outputs, axis, 0) : outputs;

    private GraphValue NoiseVariances(GraphValue outputs, int axis)
        => GraphValue.Exp(GraphValue.Clamp(Part(outputs, axis, _targets), GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance));

    /// <summary>The learned noise variances, for every row: also for one whose mean is NaN.</summary>
    private GraphValue NoiseVariances(GraphValue mean)
        => mean.Graph.Node("ConstantOfShape", mean.Graph.Node("Shape", mean)) + mean.Graph.Tensor("NoiseVariances", _noiseVariances, _targets);

    private GraphValue Part(GraphValue outputs, int axis, int first)
        => outputs.Graph.Gather(outputs, axis, [.. Enumerable.Range(first, _targets).Select(index => (long)index)]);

    private static float[] Single(double[] values) => [.. values.Select(value => (float)value)];
}
