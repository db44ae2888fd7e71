using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace ModelComparison.Contestants;

/// <summary>Who can take part: all with the defaults of their trainers but for the number of threads. A line more is a trainer more.</summary>
internal static class AllContestants
{
    public static IReadOnlyList<IContestant> List { get; } =
    [
        new OwnTrainer(),
        new Peer("lightgbm")
        {
            Binary = (context, threads) => context.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options { NumberOfThreads = threads }),
            Multiclass = (context, threads) => context.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options { NumberOfThreads = threads }),
            Regression = (context, threads) => context.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options { NumberOfThreads = threads }),
        },
        new Peer("fasttree")
        {
            AsksOneVersusAll = true,
            Binary = (context, threads) => context.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { NumberOfThreads = threads }),
            Multiclass = (context, threads) => context.MulticlassClassification.Trainers.OneVersusAll(
                context.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { NumberOfThreads = threads })),
            Regression = (context, threads) => context.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options { NumberOfThreads = threads }),
        },
        new Peer("fastforest")
        {
            AsksOneVersusAll = true,
            NeedsCalibrator = true,
            Binary = (context, threads) => context.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options { NumberOfThreads = threads }),
            Multiclass = (context, threads) => context.MulticlassClassification.Trainers.OneVersusAll(
                context.BinaryClassification.Trainers.FastForest(new FastForestBinaryTrainer.Options { NumberOfThreads = threads })),
            Regression = (context, threads) => context.Regression.Trainers.FastForest(new FastForestRegressionTrainer.Options { NumberOfThreads = threads }),
        },
        new Peer("sdca")
        {
            Binary = (context, threads) => context.BinaryClassification.Trainers.SdcaLogisticRegression(
                new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = threads }),
            Multiclass = (context, threads) => context.MulticlassClassification.Trainers.SdcaMaximumEntropy(
                new SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = threads }),
            Regression = (context, threads) => context.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { NumberOfThreads = threads }),
        },
        new Peer("lbfgs")
        {
            Reason = "the L-BFGS regression of ML.NET is a Poisson regression, for counts",
            Binary = (context, threads) => context.BinaryClassification.Trainers.LbfgsLogisticRegression(
                new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = threads }),
            Multiclass = (context, threads) => context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
                new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = threads }),
        },
        new Peer("averaged-perceptron")
        {
            AsksOneVersusAll = true,
            NeedsCalibrator = true,
            Reason = "a perceptron tells classes apart",
            Binary = (context, _) => context.BinaryClassification.Trainers.AveragedPerceptron(),
            Multiclass = (context, _) => context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.AveragedPerceptron()),
        },
        new Peer("online-gradient-descent")
        {
            Reason = "it is the averaged perceptron's counterpart for numbers",
            Regression = (context, _) => context.Regression.Trainers.OnlineGradientDescent(),
        },
    ];

    public static IReadOnlyList<string> Names { get; } = [.. List.Select(contestant => contestant.Name)];
}
