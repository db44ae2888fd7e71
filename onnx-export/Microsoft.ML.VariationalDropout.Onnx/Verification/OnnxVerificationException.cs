namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>An exported graph does not give what ML.NET gives; nothing was written.</summary>
public sealed class OnnxVerificationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public OnnxVerificationException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    public OnnxVerificationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">What it comes from.</param>
    public OnnxVerificationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal OnnxVerificationException(string message, string column, long? row = null, object? expected = null, object? actual = null)
        : base(message)
    {
        Column = column;
        Row = row;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The first column that differs.</summary>
    public string? Column { get; }

    /// <summary>The first row that differs there, counted from 0; <see langword="null"/> where the whole column does.</summary>
    public long? Row { get; }

    /// <summary>The value of ML.NET: a number, a truth value or a text.</summary>
    public object? Expected { get; }

    /// <summary>The value of the graph.</summary>
    public object? Actual { get; }
}
