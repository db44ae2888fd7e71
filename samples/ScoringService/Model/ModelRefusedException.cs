namespace ScoringService.Model;

/// <summary>A file is not a model that the service can use. The message says which and why.</summary>
internal sealed class ModelRefusedException : IOException
{
    public ModelRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
