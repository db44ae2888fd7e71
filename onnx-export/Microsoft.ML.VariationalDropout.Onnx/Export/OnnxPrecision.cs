namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>In which numbers an exported network calculates.</summary>
public enum OnnxPrecision
{
    /// <summary>As ML.NET does, in 32 bits. The default.</summary>
#pragma warning disable CA1720 // The name of a type is what it is.
    Float32 = 0,
#pragma warning restore CA1720

    /// <summary>
    /// Matrix products and what directly follows them in 16 bits: half the size, faster where the hardware has such products. Inputs and
    /// outputs stay in 32 bits, as does what a number of 16 bits does not hold: exponentials, sums, and weights and variances that are too
    /// small or too large. Features that lie thousands of standard deviations from those of the training set, or are large and were not
    /// standardised, can leave the range of 16 bits: their rows give NaN.
    /// </summary>
    Float16 = 1,

    /// <summary>
    /// Weights in 8 bits with one scale per matrix, products in 32 bits: a quarter of the size. A row's result does not depend on the rows
    /// beside it, as it would with activations in 8 bits.
    /// </summary>
    Int8Weights = 2,
}
