namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Rows;

/// <summary>What all rows are measured under.</summary>
/// <param name="Threads">Threads of both sides, unless a row says another number.</param>
/// <param name="Seconds">For each row, once both sides are warm.</param>
/// <param name="Log">Takes a line that belongs to a row.</param>
internal sealed record Conditions(int Threads, double Seconds, Action<string> Log);
