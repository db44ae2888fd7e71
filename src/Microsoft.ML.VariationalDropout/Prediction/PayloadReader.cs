using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Parses the payload of a <see cref="ModelFile"/>; trusts no number in it, although its checksum was right.</summary>
internal sealed class PayloadReader(BinaryReader reader, long length, int version)
{
    private long _left = length;

    public TrainedNetwork ReadNetwork()
    {
        int inputSize = ReadSize("number of features");
        int outputSize = ReadSize("number of outputs");
        int hiddenLayers = ReadInt32();
        if (hiddenLayers < 0 || hiddenLayers > _left / sizeof(int))
            throw Damaged($"number of hidden layers is {hiddenLayers}");
        int[] sizes = new int[hiddenLayers];
        for (int layer = 0; layer < sizes.Length; layer++)
            sizes[layer] = ReadSize("size of a hidden layer");

        var architecture = new NetworkArchitecture
        {
            InputSize = inputSize,
            OutputSize = outputSize,
            HiddenLayerSizes = sizes,
            Activation = ReadEnum<Activation>(),
            Posterior = ReadEnum<WeightPosterior>(),
            Sharing = ReadEnum<DropoutVarianceSharing>(),
            Likelihood = version > 1 ? ReadEnum<Likelihood>() : Likelihood.Categorical,
            HasSparseInputs = version > 1 && ReadByte() != 0,
        };
        if (Combinations.RefuseSharing(architecture.Posterior, architecture.Sharing) is not null)
            throw Damaged($"{architecture.Posterior} does not go with a dropout variance per {architecture.Sharing}");
        if ((architecture.Likelihood == Likelihood.Bernoulli && outputSize != 1) || (architecture.Likelihood == Likelihood.HeteroscedasticGaussian && outputSize % 2 != 0))
            throw Damaged($"{architecture.Likelihood} does not go with {outputSize} outputs");

        FeatureScaling? scaling = null;
        if (ReadByte() != 0)
            scaling = ReadScaling(inputSize);
        TargetScaling? targets = null;
        if (version > 1 && ReadByte() != 0)
            targets = new TargetScaling { Means = ReadDoubles(architecture.LabelCount), Scales = ReadDoubles(architecture.LabelCount) };
        PruningRecord? pruning = version > 1 && ReadByte() != 0 ? ReadPruning() : null;
        int[]? inputFeatures = (version > 3 ? ReadByte() != 0 : pruning is not null) ? ReadInputFeatures(inputSize, pruning) : null;
        if (inputFeatures is null && pruning is not null && pruning.FeatureCount != inputSize)
            throw Damaged($"it does not say which of {pruning.FeatureCount} features its {inputSize} inputs are made of");
        float[] logNoiseVariances = architecture.Likelihood == Likelihood.Gaussian ? ReadFloats(outputSize) : [];

        var layers = new TrainedLayer[architecture.LayerCount];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            int inputs = architecture.InputsOf(layer), outputs = architecture.OutputsOf(layer);
            float[] weights = ReadFloats((long)inputs * outputs);
            layers[layer] = new TrainedLayer
            {
                Inputs = inputs,
                Outputs = outputs,
                Weights = weights,
                Biases = ReadFloats(outputs),
                LogVariances = ReadFloats(architecture.LogVariancesOf(layer)),
            };
        }

        Take(sizeof(long) + (2 * sizeof(int)) + (2 * sizeof(double)));
        var summary = new TrainingSummary
        {
            Rows = reader.ReadInt64(),
            Iterations = reader.ReadInt32(),
            BestIteration = reader.ReadInt32(),
            ExpectedLogLikelihood = reader.ReadDouble(),
            KullbackLeibler = reader.ReadDouble(),
            Prior = version > 1 ? ReadEnum<WeightPrior>() : WeightPrior.LogUniform,
        };
        summary = summary with { TotalIterations = version > 1 ? ReadInt32() : summary.Iterations };
        if (_left != 0)
            throw Damaged($"{_left} bytes are left over");
        return new TrainedNetwork(architecture, scaling, layers, summary)
        {
            Targets = targets,
            LogNoiseVariances = logNoiseVariances,
            Pruning = pruning,
            InputFeatures = inputFeatures,
        };
    }

    private FeatureScaling ReadScaling(int inputSize)
    {
        float[] means = ReadFloats(inputSize), scales = ReadFloats(inputSize);
        float threshold = version > 2 ? ReadOutlierThreshold() : 0;
        if (version <= 3 || ReadByte() == 0)
            return new FeatureScaling { Means = means, Scales = scales, OutlierThreshold = threshold };
        float[] lowest = ReadFloats(inputSize), highest = ReadFloats(inputSize);
        for (int i = 0; i < inputSize; i++)
        {
            if (!(lowest[i] <= highest[i]) || MathF.Abs(lowest[i]) > FeatureScaling.Limit || MathF.Abs(highest[i]) > FeatureScaling.Limit)
                throw Damaged(FormattableString.Invariant($"input {i} is limited to [{lowest[i]}, {highest[i]}]"));
        }

        return new FeatureScaling { Means = means, Scales = scales, OutlierThreshold = threshold, Lowest = lowest, Highest = highest };
    }

    private PruningRecord ReadPruning()
    {
        Take(sizeof(int) + (2 * sizeof(long)));
        return new PruningRecord { FeatureCount = reader.ReadInt32(), OriginalWeights = reader.ReadInt64(), SurvivingWeights = reader.ReadInt64() };
    }

    /// <summary>Those of a pruned network leave features out; before version 4 all ascended.</summary>
    private int[] ReadInputFeatures(int inputSize, PruningRecord? pruning)
    {
        if (version <= 3 && pruning!.FeatureCount < inputSize)
            throw Damaged($"{inputSize} of {pruning.FeatureCount} features are kept");
        int count = pruning?.FeatureCount ?? inputSize;
        Take(checked(inputSize * sizeof(int)));
        int[] features = new int[inputSize];
        for (int i = 0; i < inputSize; i++)
        {
            features[i] = reader.ReadInt32();
            if (features[i] < 0 || features[i] >= count || (version <= 3 && i > 0 && features[i] <= features[i - 1]))
                throw Damaged($"feature {features[i]} of {count} is not one that can be kept");
        }

        return features;
    }

    private float ReadOutlierThreshold()
    {
        float threshold = ReadFloats(1)[0];
        return threshold is 0 or (> 0 and <= FeatureScaling.Limit) ? threshold : throw Damaged(FormattableString.Invariant($"outlier threshold is {threshold}"));
    }

    private int ReadSize(string what)
    {
        int size = ReadInt32();

        // A layer of that size has as many biases or weights at least.
        if (size < 1 || size > _left / sizeof(float))
            throw Damaged($"{what} is {size}");
        return size;
    }

    private T ReadEnum<T>()
        where T : struct, Enum
    {
        int number = ReadByte();
        var value = (T)Enum.ToObject(typeof(T), number);
        return Enum.IsDefined(value) ? value : throw Damaged($"{typeof(T).Name} is {number}");
    }

    private int ReadInt32()
    {
        Take(sizeof(int));
        return reader.ReadInt32();
    }

    private byte ReadByte()
    {
        Take(1);
        return reader.ReadByte();
    }

    private float[] ReadFloats(long count)
    {
        if (count > _left / sizeof(float))
            throw Damaged($"{count} numbers are announced where {_left} bytes are left");
        _left -= count * sizeof(float);
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = reader.ReadSingle();
        return values;
    }

    private double[] ReadDoubles(int count)
    {
        Take(checked(count * sizeof(double)));
        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = reader.ReadDouble();
        return values;
    }

    private void Take(int bytes)
    {
        if (bytes > _left)
            throw Damaged($"it ends {bytes - _left} bytes too early");
        _left -= bytes;
    }

    private static InvalidDataException Damaged(string what) => new($"The saved network is damaged: {what}.");
}
