namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Measurement;

/// <summary>The figures of one trained model.</summary>
internal sealed class Figures : Dictionary<Metric, double>
{
    public Figures With(Metric metric, double value)
    {
        this[metric] = value;
        return this;
    }
}
