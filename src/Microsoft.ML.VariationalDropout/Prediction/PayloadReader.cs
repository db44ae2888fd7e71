using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>Parses the payload of a <see cref="ModelFile"/>; trusts no number in it, although its checksum was right.</summary>
internal sealed class PayloadReader(BinaryReader reader, long length)
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
        };

        // As the options have it: correlated noise has one variable per input unit.
        if (architecture.Posterior == WeightPosterior.CorrelatedWeightNoise
            && architecture.Sharing is DropoutVarianceSharing.OutputUnit or DropoutVarianceSharing.Weight)
        {
            throw Damaged($"{architecture.Posterior} does not go with a dropout variance per {architecture.Sharing}");
        }

        FeatureScaling? scaling = null;
        if (ReadByte() != 0)
            scaling = new FeatureScaling { Means = ReadFloats(inputSize), Scales = ReadFloats(inputSize) };

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
                LogDropoutVariances = ReadFloats(architecture.DropoutVariancesOf(layer)),
            };
        }

        Take(sizeof(long) + 2 * sizeof(int) + 2 * sizeof(double));
        var summary = new TrainingSummary
        {
            Rows = reader.ReadInt64(),
            Iterations = reader.ReadInt32(),
            BestIteration = reader.ReadInt32(),
            ExpectedLogLikelihood = reader.ReadDouble(),
            KullbackLeibler = reader.ReadDouble(),
        };
        if (_left != 0)
            throw Damaged($"{_left} bytes are left over");
        return new TrainedNetwork(architecture, scaling, layers, summary);
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

    private void Take(int bytes)
    {
        if (bytes > _left)
            throw Damaged($"it ends {bytes - _left} bytes too early");
        _left -= bytes;
    }

    private static InvalidDataException Damaged(string what) => new($"The saved network is damaged: {what}.");
}
