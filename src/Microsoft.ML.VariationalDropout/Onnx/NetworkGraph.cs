namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Which computation the nodes of a network are.</summary>
internal enum NetworkGraphKind
{
    /// <summary>One pass with the posterior means of the weights.</summary>
    PosteriorMean = 0,

    /// <summary>One pass that carries the mean and the variance of every unit.</summary>
    Moments = 1,

    /// <summary>The draws of a sampling transformer, their noise stored in the graph: the same numbers on every runtime.</summary>
    FrozenSamples = 2,

    /// <summary>Draws whose noise the runtime makes anew at every run; the rows of a run share it, as those of a sampling transformer do.</summary>
    Sampling = 3,
}

/// <summary>All that the nodes of a network depend on besides the network. Make one with the methods, which ask for what their kind needs.</summary>
internal sealed record NetworkGraph
{
    private NetworkGraph(NetworkGraphKind kind, int samples, uint seed)
    {
        Kind = kind;
        Samples = samples;
        Seed = seed;
    }

    public static NetworkGraph PosteriorMean { get; } = new(NetworkGraphKind.PosteriorMean, 0, 0);

    public static NetworkGraph Moments { get; } = new(NetworkGraphKind.Moments, 0, 0);

    public NetworkGraphKind Kind { get; }

    /// <summary>Draws of the kinds that draw, 1 or more; 0 otherwise.</summary>
    public int Samples { get; }

    /// <summary>Seed of the stored draws, the one that the library's own sampling takes.</summary>
    public uint Seed { get; }

    /// <summary>Of two classes: the probability above which the label is true, in (0, 1).</summary>
    public float Threshold { get; init; } = 0.5f;

    /// <summary>Whether there are outputs that say what the model does not know.</summary>
    public bool HasUncertainty => Kind != NetworkGraphKind.PosteriorMean;

    public static NetworkGraph FrozenSamples(int samples, uint seed) => new(NetworkGraphKind.FrozenSamples, AtLeastOne(samples), seed);

    public static NetworkGraph Sampling(int samples) => new(NetworkGraphKind.Sampling, AtLeastOne(samples), 0);

    private static int AtLeastOne(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        return samples;
    }
}
