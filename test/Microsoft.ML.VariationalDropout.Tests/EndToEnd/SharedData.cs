namespace Microsoft.ML.Trainers.VariationalDropout.Tests.EndToEnd;

/// <summary>Real data that are not part of the repository: in the folder shared/data beside it or above it.</summary>
internal static class SharedData
{
    /// <summary>The path of a file or folder; without it the test is skipped, and says so.</summary>
    public static string Find(params string[] parts)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine([folder.FullName, "shared", "data", .. parts]);
            if (Path.Exists(candidate))
                return candidate;
        }

        Assert.Inconclusive($"Skipped: shared/data/{string.Join('/', parts)} is neither beside the repository nor above it.");
        return "";
    }
}
