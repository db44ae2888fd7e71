namespace PaperExperiments.Gradients;

/// <summary>Mean and variance of every entry of a gradient over draws that come one at a time (Welford 1962).</summary>
/// <remarks>
/// Draw n adds r_n = Σ (g − mean before it)(g − mean with it) to the sum of squared deviations. For independent draws every r_n, from the second on,
/// has the expectation Σ σ² and they are uncorrelated (Helmert's contrasts): resampling them is a bootstrap of the variance that keeps no gradient.
/// </remarks>
internal sealed class EntryMoments
{
    /// <summary>Entries that are handed over at once begin at multiples of this.</summary>
    private const int Alignment = 16;

    private readonly double[] _means;
    private readonly double[] _squares;
    private readonly double[] _partResiduals;
    private readonly List<double> _residuals = [];

    /// <param name="length">Numbers of the gradient, with those that pad it.</param>
    /// <param name="entries">Numbers of it that are not padding: padding is always zero.</param>
    public EntryMoments(int length, int entries)
    {
        Entries = entries;
        _means = new double[length];
        _squares = new double[length];
        _partResiduals = new double[(length + Alignment - 1) / Alignment];
    }

    public int Entries { get; }

    public int Draws { get; private set; }

    public ReadOnlySpan<double> Means => _means;

    /// <summary>r_2, r_3, …: each is an estimate of the sum of all entries' variances.</summary>
    public IReadOnlyList<double> Residuals => _residuals;

    /// <summary>The variance of an entry, averaged over the entries; of two draws or more.</summary>
    public double MeanVariance => _residuals.Sum() / (Draws - 1) / Entries;

    /// <summary>The variance of one entry; of two draws or more.</summary>
    public double Variance(int entry) => _squares[entry] / (Draws - 1);

    /// <summary>The variance of an entry's mean over the draws.</summary>
    public double VarianceOfMean(int entry) => Variance(entry) / Draws;

    public void BeginDraw()
    {
        Draws++;
        Array.Clear(_partResiduals);
    }

    /// <summary>Takes some entries of the draw; parts that do not overlap may come on any thread and in any order.</summary>
    public void Add(int first, ReadOnlySpan<float> gradient)
    {
        double rate = 1.0 / Draws, residual = 0;
        Span<double> means = _means.AsSpan(first, gradient.Length), squares = _squares.AsSpan(first, gradient.Length);
        for (int i = 0; i < gradient.Length; i++)
        {
            double deviation = gradient[i] - means[i];
            means[i] += deviation * rate;
            double square = deviation * (gradient[i] - means[i]);
            squares[i] += square;
            residual += square;
        }

        _partResiduals[first / Alignment] = residual;
    }

    public void EndDraw()
    {
        // The first draw is its own mean.
        if (Draws > 1)
            _residuals.Add(_partResiduals.Sum());
    }
}
