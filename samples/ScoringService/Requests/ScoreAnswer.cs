namespace ScoringService.Requests;

/// <summary>The answer to a row. It is written by <see cref="Model.AnswerWriter"/>; this is its form, for the description of the interface and for whoever reads it.</summary>
/// <param name="Decision">"yes", "no", or "I am not sure" where the entropy is above the threshold, or a value is outside of the training data.</param>
/// <param name="Prediction">What is more probable; null where the graph answers no number.</param>
/// <param name="Probability">That it is true; null likewise.</param>
/// <param name="Uncertainty">How sure the model is.</param>
/// <param name="OutsideTrainingData">Columns whose value is beyond all that training has seen; not there where there are none, or the model does not tell.</param>
/// <param name="Model">Version of the model that answered; in a batch it stands beside the answers.</param>
internal sealed record ScoreAnswer(string Decision, bool? Prediction, float? Probability, Uncertainty Uncertainty, IReadOnlyList<string>? OutsideTrainingData = null, string? Model = null);

/// <summary>How sure a model is, in nats.</summary>
/// <param name="Entropy">All the doubt there is, in [0, ln 2].</param>
/// <param name="Epistemic">The part that is the model's ignorance: it falls with more data. Only where the graph tells.</param>
/// <param name="Aleatoric">The rest: noise in the data.</param>
/// <param name="StandardDeviation">How much the probability varies over the posterior. Only where the graph tells.</param>
internal sealed record Uncertainty(float? Entropy, float? Epistemic = null, float? Aleatoric = null, float? StandardDeviation = null);

/// <summary>The answer to a batch, in the order of its rows.</summary>
/// <param name="Model">Version of the model that answered.</param>
/// <param name="Answers">One for each row.</param>
internal sealed record BatchAnswer(string Model, IReadOnlyList<ScoreAnswer> Answers);
