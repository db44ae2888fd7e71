using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Contestants;

/// <summary>ML.NET's trainers with their defaults, on one thread each.</summary>
internal static class Peers
{
    public static IReadOnlyList<IContestant> All { get; } =
    [
        new Peer("LightGBM")
        {
            Regression = context => context.Regression.Trainers.LightGbm(new LightGbmRegressionTrainer.Options { NumberOfThreads = 1 }),
            TwoClasses = context => context.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options { NumberOfThreads = 1 }),
            ManyClasses = context => context.MulticlassClassification.Trainers.LightGbm(new LightGbmMulticlassTrainer.Options { NumberOfThreads = 1 }),
        },
        new Peer("FastTree")
        {
            Regression = context => context.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options { NumberOfThreads = 1 }),
            TwoClasses = context => context.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options { NumberOfThreads = 1 }),
        },
        new Peer("SDCA")
        {
            WantsScaledFeatures = true,
            Regression = context => context.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options { NumberOfThreads = 1 }),
            TwoClasses = context => context.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 }),
            ManyClasses = context => context.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 }),
        },
        new Peer("L-BFGS")
        {
            WantsScaledFeatures = true,
            TwoClasses = context => context.BinaryClassification.Trainers.LbfgsLogisticRegression(new LbfgsLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 }),
            ManyClasses = context => context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 }),
        },
    ];
}
