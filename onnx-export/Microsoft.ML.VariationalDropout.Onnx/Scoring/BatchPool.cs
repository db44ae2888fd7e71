namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Batches that no call uses at the moment. Taking and giving back allocates nothing.</summary>
internal sealed class BatchPool(OnnxSession session) : IDisposable
{
    private readonly OnnxBatch?[] _idle = new OnnxBatch?[2 * Environment.ProcessorCount];
    private volatile bool _disposed;

    public OnnxBatch Take(int rows)
    {
        OnnxBatch? batch = null;
        for (int i = 0; i < _idle.Length && batch is null; i++)
        {
            if (_idle[i] is not null)
                batch = Interlocked.Exchange(ref _idle[i], null);
        }

        batch ??= new OnnxBatch(session, rows);
        batch.EnsureRows(rows);
        return batch;
    }

    public void Give(OnnxBatch batch)
    {
        for (int i = 0; i < _idle.Length && !_disposed; i++)
        {
            if (_idle[i] is null && Interlocked.CompareExchange(ref _idle[i], batch, null) is null)
            {
                // Disposal may have passed this place in the meantime.
                if (_disposed)
                    Interlocked.Exchange(ref _idle[i], null)?.Dispose();
                return;
            }
        }

        batch.Dispose();
    }

    public void Dispose()
    {
        _disposed = true;
        for (int i = 0; i < _idle.Length; i++)
            Interlocked.Exchange(ref _idle[i], null)?.Dispose();
    }
}
