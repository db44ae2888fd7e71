using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Quality;

/// <summary>What a training reached in its time.</summary>
/// <param name="Trainer">The trainer.</param>
/// <param name="Setting">How long it was told to train.</param>
/// <param name="Seconds">Of <c>Fit</c>.</param>
/// <param name="AreaUnderRocCurve">On the rows kept out.</param>
/// <param name="LogLoss">On the rows kept out, in bits as ML.NET counts them.</param>
internal sealed record QualityPoint(string Trainer, string Setting, Quartiles Seconds, double AreaUnderRocCurve, double LogLoss);
