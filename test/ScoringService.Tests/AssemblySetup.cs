using ScoringService.DefaultModel;

[assembly: Parallelize(Scope = ExecutionScope.MethodLevel)]

namespace ScoringService.Tests;

/// <summary>The default model, trained once for all tests.</summary>
[TestClass]
public static class AssemblySetup
{
    private static readonly TemporaryFolder Folder = new();

    public static string ModelFile { get; private set; } = "";

    [AssemblyInitialize]
    public static void TrainTheDefaultModel(TestContext context)
    {
        _ = context;
        ModelFile = DefaultModelFile.GetOrTrain(Folder.Path, _ => { });
    }

    [AssemblyCleanup]
    public static void DeleteIt() => Folder.Dispose();
}
