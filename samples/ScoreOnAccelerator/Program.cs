using System.Globalization;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using ScoreOnAccelerator;

return ScoreCommand.Run(args, Run);

static int Run(ScoreSettings settings)
{
    // 1. Get a model: the one that was given, or a network that is trained and exported here and now.
    byte[] model = settings.ModelFile is string file ? File.ReadAllBytes(file) : TrainedModel.Export();
    Console.WriteLine($"Model: {settings.ModelFile ?? "a network 64-128-128-1, just trained and exported"}");

    // 2. Ask for providers in the order of preference. The scorer takes the first that works and says why the others did not.
    var options = new OnnxScorerOptions { Providers = settings.Providers, MaximumBatchRows = settings.BatchRows };
    using OnnxScorer scorer = OnnxScorer.FromBytes(model, options);
    foreach (ProviderAttempt attempt in scorer.Attempts)
        Console.WriteLine($"  {attempt}");

    // 3. Which provider really computes? ONNX Runtime's profile tells for every operator; a provider may leave some to the processor.
    IReadOnlyList<ProviderShare> shares = OperatorProfile.Measure(model, options);
    foreach (ProviderShare share in shares)
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ran on {share.Provider}: {share.Operators} operators, {share.Time:P1} of their time"));

    // 4. Does it compute the same as the processor?
    using OnnxScorer cpu = OnnxScorer.FromBytes(model, new() { MaximumBatchRows = settings.BatchRows });
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Largest difference from the processor: {Difference.Largest(scorer, cpu):G3}"));

    // 5. How fast is it?
    Speed batch = Speed.Measure(scorer, scorer.MaximumBatchRows, settings.Seconds);
    Speed single = Speed.Measure(scorer, 1, settings.Seconds);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Batches of {scorer.MaximumBatchRows}: {batch.RowsPerSecond:N0} rows/s"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"One row: {single.MedianMicroseconds:N1} µs at the median, {single.Percentile99Microseconds:N1} µs at the 99th percentile"));

    // A provider that took one small operator and left the others to the processor did not run the model.
    if (settings.Required is string required && shares.Where(share => share.Is(required)).Sum(share => share.Time) is double time and < ScoreCommand.RequiredTime)
    {
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Error: --require {required} is not met: {time:P1} of the operators' time was spent there, and at least {ScoreCommand.RequiredTime:P0} must be; they ran on {string.Join(", ", shares.Select(share => share.Provider))}."));
        return ScoreCommand.RequirementNotMet;
    }

    return 0;
}
