namespace Samples;

/// <summary><see cref="Progress{T}"/> would report on other threads and out of order.</summary>
internal sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
