using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Mean and variance of Gaussian units.</summary>
/// <param name="Mean">[rows, units].</param>
/// <param name="Variance">[rows, units].</param>
internal readonly record struct GraphMoments(GraphValue Mean, GraphValue Variance);

internal static class MomentNodes
{
    public static GraphMoments Forward(TrainedNetwork network, GraphValue inputs) => throw new NotImplementedException();
}
