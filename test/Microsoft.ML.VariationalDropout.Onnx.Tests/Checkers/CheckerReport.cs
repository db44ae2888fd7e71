namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>What a program made of the cases: results.json.</summary>
/// <param name="Program">Its name and version.</param>
/// <param name="Cases">In the order of the cases.</param>
internal sealed record CheckerReport(string Program, List<CheckerResult> Cases);

/// <param name="Name">The case.</param>
/// <param name="Error">Why the program refuses it, in its own words; null when it does not.</param>
/// <param name="Outputs">What came out.</param>
internal sealed record CheckerResult(string Name, string? Error, List<CheckerTensor> Outputs);
