namespace Microsoft.ML.Trainers.VariationalDropout.Inference;

/// <summary>
/// The one place where the objective is scaled. Stochastic gradient variational Bayes maximises, over minibatches of M out of N rows,
/// <code>(N / M) Σ_batch w_i log p(y_i | x_i) − β Σ_layers KL</code>
/// What the optimiser sees is the loss −objective / N, whose size does not depend on N: each row weighs w_i / M and the KL β / N.
/// </summary>
/// <param name="TotalRows">N: rows kept for training, however they are weighted.</param>
/// <param name="KullbackLeiblerWeight">β: the KL scale times its warm-up.</param>
internal readonly record struct Objective(long TotalRows, double KullbackLeiblerWeight)
{
    /// <summary>Factor of w_i log p(y_i | x_i) in the loss for a minibatch of <paramref name="batchRows"/> rows (also the last, short one).</summary>
    public static double RowScale(int batchRows) => 1.0 / batchRows;

    /// <summary>Factor of the KL in the loss.</summary>
    public double KullbackLeiblerScale => KullbackLeiblerWeight / TotalRows;

    /// <summary>β in iteration <paramref name="iteration"/> (from 0): 0 before <paramref name="start"/>, full from <paramref name="end"/> on, linear between.</summary>
    public static double WarmUp(double scale, int iteration, int start, int end)
        => iteration >= end ? scale : scale * Math.Max(0, iteration - start) / (end - start);
}
