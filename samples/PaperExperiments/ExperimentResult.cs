using Samples;

namespace PaperExperiments;

/// <summary>What a command has to show.</summary>
/// <param name="Table">All figures.</param>
/// <param name="Png">A picture of them, as the bytes of a PNG file.</param>
internal sealed record ExperimentResult(ResultTable Table, byte[] Png);
