using Samples;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>MNIST: its training and its test rows, as they are given.</summary>
internal sealed record DigitSet(SetRole Role) : StudySet("mnist", LearningTask.Classification, Role, "mnist")
{
    private const int Digits = 10;

    public override OpenedSet Open(string? folder)
    {
        string path = Path.Combine(folder!, Source!);
        return new(this, [new(() => new(Rows(path, "train"), Rows(path, "t10k"), Digits))]);
    }

    private static Example[] Rows(string path, string part) => [.. MnistFolder.Read(path, part).Select(digit => new Example { Features = digit.Features, Class = digit.Digit })];
}
