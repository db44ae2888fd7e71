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

        // A regression of one target has a number as its score, of several a vector.
        _type = _targets == 1 ? NumberDataViewType.Single : new VectorDataViewType(NumberDataViewType.Single, _targets);
    }

    public override NetworkOutputs OfMean(GraphValue outputs)
    {
        GraphValue mean = Means(outputs, isStacked: false);
        return Predict(mean, _isHeteroscedastic ? NoiseVariances(outputs, isStacked: false) : NoiseVariances(mean));
    }

    public override NetworkOutputs OfDraws(GraphValue outputs)
    {
        GraphValue mean = Mean(Means(outputs, isStacked: true), out GraphValue epistemic);
        GraphValue noise = _isHeteroscedastic ? Mean(NoiseVariances(outputs, isStacked: true)) : NoiseVariances(mean);
        return Predict(mean, GraphValue.Square(epistemic), epistemic, noise);
    }

    public override NetworkOutputs OfMoments(GraphMoments outputs)
    {
        GraphValue mean = Means(outputs.Mean, isStacked: false), variance = Means(outputs.Variance, isStacked: false);
        GraphValue noise = _isHeteroscedastic
            ? ExpectedNoiseVariance(Part(outputs.Mean, isStacked: false, _targets), Part(outputs.Variance, isStacked: false, _targets))
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
        GraphValue a = (L - mean) / s, b = (U - mean) / s, lower = a - s, upper = b - s;
        GraphValue ends = (NormalTail.Distribution(a) * Math.Exp(L)) + (NormalTail.Distribution(-b) * Math.Exp(U));

        // Where e^(m + s²/2) might overflow (b < s): with Mills' ratio, as e^(U − b²/2).
        GraphValue belowUpper = NormalTail.Distribution(upper, out GraphValue upperRatio), belowLower = NormalTail.Distribution(lower, out GraphValue lowerRatio);
        GraphValue outside = (GraphValue.Exp(U - (GraphValue.Square(b) * 0.5)) * upperRatio) - (GraphValue.Exp(L - (GraphValue.Square(a) * 0.5)) * lowerRatio);

        // Elsewhere m + s² ≤ U. Where both distributions are next to 1, e^(m + s²/2) is below e^L, and their rounding is nothing.
        GraphValue inside = GraphValue.Exp(GraphValue.Min(mean + (GraphValue.Square(s) * 0.5), U)) * (belowUpper - belowLower);
        GraphValue middle = GraphValue.Where(GraphValue.Less(upper, 0), outside * InverseRootTwoPi, inside);
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

    /// <summary>The targets' means, [rows, targets], or [rows] of one target; stacked with the draws before.</summary>
    private GraphValue Means(GraphValue outputs, bool isStacked)
    {
        if (_isHeteroscedastic)
            return Part(outputs, isStacked, 0);
        return _targets == 1 ? outputs.Graph.DropColumn(outputs, isStacked) : outputs;
    }

    private GraphValue NoiseVariances(GraphValue outputs, bool isStacked)
        => GraphValue.Exp(GraphValue.Clamp(Part(outputs, isStacked, _targets), GaussianLikelihood.LowestLogVariance, GaussianLikelihood.HighestLogVariance));

    /// <summary>The learned noise variances, for every row: also for one whose mean is NaN.</summary>
    private GraphValue NoiseVariances(GraphValue mean)
        => mean.Graph.Node("ConstantOfShape", mean.Graph.Node("Shape", mean)) + mean.Graph.Tensor("NoiseVariances", _noiseVariances, _targets);

    private GraphValue Part(GraphValue outputs, bool isStacked, int first)
    {
        int axis = isStacked ? 2 : 1;
        return _targets == 1
            ? outputs.Graph.Element(outputs, axis, first)
            : outputs.Graph.Gather(outputs, axis, [.. Enumerable.Range(first, _targets).Select(index => (long)index)]);
    }

    private static float[] Single(double[] values) => [.. values.Select(value => (float)value)];
}
