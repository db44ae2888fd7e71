namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Measurement;

/// <summary>Something that is timed.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Work">What a call does, in units that both contestants of a row share: steps, rows, floating-point operations.</param>
/// <param name="Threads">Threads that it works on.</param>
/// <param name="Call">The call.</param>
internal sealed record Contestant(string Name, double Work, int Threads, Action Call);
