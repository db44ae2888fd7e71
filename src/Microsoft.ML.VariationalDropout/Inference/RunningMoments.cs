namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>Mean and centred variance of numbers that come one at a time (Welford 1962): no digits are lost where the mean is large.</summary>
internal struct RunningMoments
{
    private double _squares;
    private int _count;

    public double Mean { get; private set; }

    /// <summary>Divisor: the number of values.</summary>
    public readonly double Variance => _squares / _count;

    public void Add(double value)
    {
        double deviation = value - Mean;
        Mean += deviation / ++_count;
        _squares += deviation * (value - Mean);
    }
}
