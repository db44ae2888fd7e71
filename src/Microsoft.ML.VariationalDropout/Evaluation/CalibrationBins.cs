namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Sums up predicted probabilities and what came true, in intervals of equal width.</summary>
internal sealed class CalibrationBins(int count)
{
    private readonly double[] _weights = new double[count];
    private readonly double[] _probabilities = new double[count];
    private readonly double[] _successes = new double[count];
    private readonly long[] _rows = new long[count];

    public void Add(double probability, bool isTrue, double weight)
    {
        int bin = Math.Clamp((int)(probability * count), 0, count - 1);
        _rows[bin]++;
        _weights[bin] += weight;
        _probabilities[bin] += weight * probability;
        if (isTrue)
            _successes[bin] += weight;
    }

    public IReadOnlyList<CalibrationBin> ToList() =>
    [
        .. Enumerable.Range(0, count).Select(bin => new CalibrationBin(
            (double)bin / count,
            (double)(bin + 1) / count,
            _rows[bin],
            _weights[bin],
            _probabilities[bin] / _weights[bin],
            _successes[bin] / _weights[bin])),
    ];
}
