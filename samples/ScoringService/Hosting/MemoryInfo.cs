namespace ScoringService.Hosting;

/// <summary>Memory after a collection, in bytes.</summary>
/// <param name="WorkingSet">Of the process, with what ONNX Runtime holds.</param>
/// <param name="ManagedHeap">What is alive of .NET's objects.</param>
/// <param name="Collections">Collections of the oldest generation so far.</param>
internal sealed record MemoryInfo(long WorkingSet, long ManagedHeap, int Collections)
{
    /// <summary>Collects, twice because finalizers free native memory, and measures.</summary>
    public static MemoryInfo Collect()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
        }

        return new(Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: false), GC.CollectionCount(GC.MaxGeneration));
    }
}
