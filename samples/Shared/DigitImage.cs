using Microsoft.ML.Data;

namespace Samples;

/// <summary>One row of the data: an image and the digit that it shows.</summary>
internal sealed class DigitImage
{
    public const int Side = 28;

    public const int PixelCount = Side * Side;

    /// <summary>Pixels row by row from the top left, 0 (paper) to 1 (ink).</summary>
    [VectorType(PixelCount)]
    public float[] Features { get; set; } = [];

    /// <summary>0 to 9.</summary>
    public int Digit { get; set; }
}
