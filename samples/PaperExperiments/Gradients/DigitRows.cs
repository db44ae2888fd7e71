using Microsoft.ML.Trainers.VariationalDropout;
using Microsoft.ML.Trainers.VariationalDropout.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Samples;

namespace PaperExperiments.Gradients;

/// <summary>Digits as the library's core holds them: the pixels as they are, and the digit as the class.</summary>
internal static class DigitRows
{
    public static TrainingSet ToTrainingSet(IEnumerable<DigitImage> images)
    {
        var result = new TrainingSet(DigitImage.PixelCount);
        foreach (DigitImage image in images)
            image.Features.CopyTo(result.Add(image.Digit, 1));
        result.Complete();
        return result;
    }

    /// <summary>A fully connected network with hidden layers of the same size and one α for each layer.</summary>
    /// <param name="hidden">Units of each hidden layer, one layer or more.</param>
    /// <param name="posterior">The form of its noise.</param>
    public static NetworkArchitecture Architecture(IReadOnlyList<int> hidden, WeightPosterior posterior) => new()
    {
        InputSize = DigitImage.PixelCount,
        HiddenLayerSizes = hidden,
        OutputSize = 10,
        Posterior = posterior,
        Sharing = DropoutVarianceSharing.Layer,
    };
}
