namespace ModelComparison.Measurement;

/// <summary>What came of one training on one fold.</summary>
/// <param name="Row">The table's row.</param>
/// <param name="TrainSeconds">Seconds of the training; null for what is not trained.</param>
/// <param name="ScoreSeconds">Seconds of scoring all test rows.</param>
/// <param name="Scores">The test rows.</param>
internal sealed record TestResult(string Row, double? TrainSeconds, double? ScoreSeconds, TestScores Scores);
