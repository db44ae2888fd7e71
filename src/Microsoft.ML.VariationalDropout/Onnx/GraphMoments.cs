namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Mean and variance of Gaussian units.</summary>
/// <param name="Mean">[rows, units].</param>
/// <param name="Variance">[rows, units], 0 or more.</param>
internal readonly record struct GraphMoments(GraphValue Mean, GraphValue Variance);
