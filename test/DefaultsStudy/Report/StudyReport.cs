using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;
using Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Parts;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Report;

/// <summary>All that a run found so far.</summary>
/// <param name="Command">The arguments.</param>
/// <param name="Missing">Files and folders that the sets asked for need and that are not in the data folder.</param>
internal sealed record StudyReport(string Command, IReadOnlyList<string> Missing)
{
    private readonly List<(Part Part, SetResult Result)> _results = [];

    public IReadOnlyList<(Part Part, SetResult Result)> Results => _results;

    public void Add(Part part, SetResult result) => _results.Add((part, result));
}
