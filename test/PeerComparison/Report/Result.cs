using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Report;

/// <summary>A row that was measured.</summary>
internal sealed record Result(Row Row, Outcome Outcome);
