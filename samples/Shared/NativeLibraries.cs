namespace Samples;

/// <summary>Trainers of native code need libraries of the system, which a package does not bring.</summary>
internal static class NativeLibraries
{
    /// <summary>Does what loads such a library.</summary>
    /// <param name="trainer">Whose it is, for the message.</param>
    /// <param name="train">Trains.</param>
    /// <exception cref="InvalidOperationException">The library is not there, or lacks one that it needs; the message says what to install.</exception>
    public static T Use<T>(string trainer, Func<T> train)
    {
        try
        {
            return train();
        }
        catch (DllNotFoundException error)
        {
            throw new InvalidOperationException($"The native library of {trainer} cannot be loaded; on Linux LightGBM needs the system's package libgomp1. {error.Message}", error);
        }
    }
}
