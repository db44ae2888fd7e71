using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Training;

/// <summary>How far two trainings from the same start on the same noise have come apart.</summary>
/// <param name="Loss">Largest difference of the losses of a step, relative to the loss.</param>
/// <param name="Weights">Difference of what training did to the weights, root mean square, relative to what it did.</param>
/// <param name="LogVariances">Largest difference of log α.</param>
internal sealed record Agreement(double Loss, double Weights, double LogVariances)
{
    // Rounding alone: a unit within rounding of 0 may fall on either side of the rectifier, which now and then is one of half a million, and
    // Adam makes a full step of the smallest gradient.
    private const double LossTolerance = 1e-3, WeightTolerance = 0.05, LogVarianceTolerance = 1e-4;

    /// <summary>Whether the losses alone agree: what 16-bit variances leave, since a step of Adam goes by the sign of the smallest gradient too.</summary>
    public bool HasGoodLoss => Loss <= LossTolerance;

    public bool IsGood => HasGoodLoss && Weights <= WeightTolerance && LogVariances <= LogVarianceTolerance;

    public override string ToString()
        => $"after the same steps on the same noise: losses differ by {Loss:E1} (at most {LossTolerance:E0}), changes of weights by {Weights:E1} ({WeightTolerance:E0}), log α by {LogVariances:E1} ({LogVarianceTolerance:E0})";

    public static Agreement Measure(TrainingProblem problem, ITraining one, ITraining other, int steps)
    {
        double loss = 0;
        for (int step = 0; step < steps; step++)
        {
            double first = one.StepAndGetLoss(), second = other.StepAndGetLoss();
            loss = Math.Max(loss, Math.Abs(first - second) / Math.Abs(first));
        }

        IReadOnlyList<TrainedLayer> left = one.Save(), right = other.Save();
        double difference = 0, change = 0, logVariances = 0;
        for (int l = 0; l < problem.Layers; l++)
        {
            Add(left[l].Weights, right[l].Weights, problem.Start[l].Weights);
            Add(left[l].Biases, right[l].Biases, problem.Start[l].Biases);
            for (int n = 0; n < left[l].LogVariances.Length; n++)
                logVariances = Math.Max(logVariances, Math.Abs(left[l].LogVariances[n] - right[l].LogVariances[n]));
        }

        return new Agreement(loss, Math.Sqrt(difference / change), logVariances);

        void Add(float[] a, float[] b, float[] start)
        {
            for (int i = 0; i < a.Length; i++)
            {
                difference += Math.Pow(a[i] - b[i], 2);
                change += Math.Pow(a[i] - start[i], 2);
            }
        }
    }
}
