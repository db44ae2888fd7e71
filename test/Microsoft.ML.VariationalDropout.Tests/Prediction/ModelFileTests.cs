using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Prediction;

[TestClass]
public sealed class ModelFileTests
{
    private static readonly byte[] Saved = Save(Network());

    [TestMethod]
    [DataRow(DropoutVarianceSharing.Layer, true)]
    [DataRow(DropoutVarianceSharing.InputUnit, false)]
    [DataRow(DropoutVarianceSharing.OutputUnit, true)]
    [DataRow(DropoutVarianceSharing.Weight, false)]
    public void What_is_written_is_read(DropoutVarianceSharing sharing, bool scaled)
    {
        TrainedNetwork network = Network(sharing, scaled);
        byte[] bytes = Save(network);
        using var stream = new MemoryStream([.. new byte[5], .. bytes, .. new byte[9]]);
        stream.Position = 5;
        TrainedNetwork read = ModelFile.Read(stream);
        Assert.AreEqual(5 + bytes.Length, stream.Position);
        CollectionAssert.AreEqual(bytes, Save(read));
        CollectionAssert.AreEqual(network.Layers[1].Weights, read.Layers[1].Weights);
        CollectionAssert.AreEqual(network.Layers[0].LogVariances, read.Layers[0].LogVariances);
        CollectionAssert.AreEqual(network.Scaling?.Scales, read.Scaling?.Scales);
        Assert.AreEqual(network.Scaling?.OutlierThreshold, read.Scaling?.OutlierThreshold);
        Assert.AreEqual(network.Summary, read.Summary);
        Assert.AreEqual(sharing, read.Architecture.Sharing);
    }

    [TestMethod]
    public void Truncated_at_any_byte_it_is_refused()
    {
        for (int length = 0; length < Saved.Length; length++)
        {
            var exception = Assert.ThrowsExactly<InvalidDataException>(() => Read(Saved[..length]));
            StringAssert.Contains(exception.Message, "truncated", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void With_any_bit_flipped_it_is_refused()
    {
        for (int bit = 0; bit < 8 * Saved.Length; bit++)
        {
            byte[] bytes = [.. Saved];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsExactly<InvalidDataException>(() => Read(bytes), $"bit {bit}");
        }
    }

    [TestMethod]
    public void Each_kind_of_damage_has_its_own_message()
    {
        Expect("This is not a saved variational-dropout network", bytes => bytes[0] = 0);
        Expect("format version 5; this library reads versions 1 to 4", bytes => bytes[8] = 5);
        Expect("its header tells of 9223372036854775807 bytes", bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), long.MaxValue));
        Expect("its header tells of -1 bytes", bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), -1));
        Expect("checksum does not match", bytes => bytes[^1] ^= 1);
        Expect("checksum does not match", bytes => bytes[ModelFile.HeaderSize] ^= 1);

        static void Expect(string message, Action<byte[]> damage)
        {
            byte[] bytes = [.. Saved];
            damage(bytes);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(bytes)).Message, message, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    [DataRow(0, int.MaxValue, "number of features is 2147483647")]
    [DataRow(0, 0, "number of features is 0")]
    [DataRow(0, -5, "number of features is -5")]
    [DataRow(4, int.MaxValue, "number of outputs is 2147483647")]
    [DataRow(8, int.MaxValue, "number of hidden layers is 2147483647")]
    [DataRow(8, -1, "number of hidden layers is -1")]
    [DataRow(12, int.MaxValue, "size of a hidden layer is 2147483647")]
    [DataRow(12, 40, "numbers are announced where")]
    [DataRow(0, 3, "is damaged")]
    public void Absurd_sizes_with_a_right_checksum_allocate_nothing_large(int offset, int value, string message)
    {
        byte[] bytes = Forge(payload => BinaryPrimitives.WriteInt32LittleEndian(payload[offset..], value));
        long before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Assert.ThrowsExactly<InvalidDataException>(() => Read(bytes));
        Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
        StringAssert.Contains(exception.Message, message, StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(DropoutVarianceSharing.OutputUnit)]
    [DataRow(DropoutVarianceSharing.Weight)]
    public void Correlated_noise_with_a_sharing_that_it_cannot_have_is_refused(DropoutVarianceSharing sharing)
    {
        byte[] bytes = Forge(Save(Network(sharing)), payload => payload[17] = (byte)WeightPosterior.CorrelatedWeightNoise);
        var exception = Assert.ThrowsExactly<InvalidDataException>(() => Read(bytes));
        StringAssert.Contains(exception.Message, $"CorrelatedWeightNoise does not go with a dropout variance per {sharing}", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(-1f)]
    [DataRow(2e6f)]
    [DataRow(float.PositiveInfinity)]
    public void An_outlier_threshold_that_none_can_be_is_refused(float threshold)
    {
        // Behind the sizes of one hidden layer, four enums, two flags, means and scales.
        byte[] bytes = Forge(payload =>
        {
            Span<byte> place = payload[(16 + 6 + (2 * 5 * sizeof(float)))..];
            Assert.AreEqual(1.5f, BinaryPrimitives.ReadSingleLittleEndian(place));
            BinaryPrimitives.WriteSingleLittleEndian(place, threshold);
        });
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => Read(bytes)).Message, FormattableString.Invariant($"outlier threshold is {threshold}"), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Bins_come_back_and_limits_or_features_that_none_can_be_are_refused()
    {
        TrainedNetwork network = WithBins(Network());
        byte[] saved = Save(network);
        TrainedNetwork read = Read(saved);
        CollectionAssert.AreEqual(saved, Save(read));
        CollectionAssert.AreEqual(network.InputFeatures, read.InputFeatures);
        CollectionAssert.AreEqual(network.Scaling!.Lowest, read.Scaling!.Lowest);
        CollectionAssert.AreEqual(network.Scaling.Highest, read.Scaling.Highest);
        Assert.AreEqual(3, read.FeatureCount);

        // Behind the sizes of one hidden layer, four enums, two flags, means, scales, the threshold and a flag; the features behind two flags more.
        const int Limits = 16 + 6 + (2 * 5 * sizeof(float)) + sizeof(float) + 1, Features = Limits + (2 * 5 * sizeof(float)) + 3;
        Expect("input 3 is limited to [0.5, 0]", payload => BinaryPrimitives.WriteSingleLittleEndian(payload[(Limits + (8 * sizeof(float)))..], 0));
        Expect("input 3 is limited to [NaN, 1]", payload => BinaryPrimitives.WriteSingleLittleEndian(payload[(Limits + (3 * sizeof(float)))..], float.NaN));
        Expect("input 0 is limited to [-1000000, Infinity]", payload => BinaryPrimitives.WriteSingleLittleEndian(payload[(Limits + (5 * sizeof(float)))..], float.PositiveInfinity));
        Expect("feature 5 of 5 is not one that can be kept", payload => BinaryPrimitives.WriteInt32LittleEndian(payload[(Features + (4 * sizeof(int)))..], 5));
        Expect("feature -1 of 5 is not one that can be kept", payload => BinaryPrimitives.WriteInt32LittleEndian(payload[Features..], -1));

        void Expect(string message, SpanAction damage)
            => StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Read(Forge(saved, damage))).Message, message, StringComparison.Ordinal);
    }

    /// <summary>Inputs would be read that the rows do not have.</summary>
    [TestMethod]
    public void A_pruned_network_that_does_not_say_which_features_are_left_is_refused()
    {
        TrainedNetwork network = Network();
        var pruned = new TrainedNetwork(network.Architecture, network.Scaling, network.Layers, network.Summary)
        {
            Pruning = new PruningRecord { FeatureCount = 2, OriginalWeights = 32, SurvivingWeights = 32 },
        };
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidDataException>(() => Read(Save(pruned))).Message, "it does not say which of 2 features its 5 inputs are made of", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Any_forged_number_is_refused_or_read_but_never_anything_else()
    {
        var random = new Random(1);
        byte[][] starts = [.. Enum.GetValues<DropoutVarianceSharing>().Select(sharing => Save(Network(sharing))), Save(WithBins(Network()))];
        for (int turn = 0; turn < 2000; turn++)
        {
            // Bytes 16 to 18 are the enums: in every other turn a small number in one of them.
            byte[] bytes = Forge(starts[turn % starts.Length], payload =>
            {
                if (random.Next(2) == 0)
                    payload[16 + random.Next(3)] = (byte)random.Next(5);
                else
                    BinaryPrimitives.WriteInt32LittleEndian(payload[random.Next(40)..], random.Next() >> random.Next(31));
            });
            long before = GC.GetAllocatedBytesForCurrentThread();
            TrainedNetwork? network = null;
            try
            {
                network = Read(bytes);
            }
            catch (InvalidDataException)
            {
            }

            Assert.IsLessThan(1 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
            if (network is not null)
                Predict(network);
        }
    }

    private static void Predict(TrainedNetwork network)
    {
        float[] features = new float[network.FeatureCount];
        CoreProblem.Predict(network, features);
        CoreProblem.Predict(network, features, samples: 3, seed: 5);
    }

    private static byte[] Forge(SpanAction change) => Forge(Saved, change);

    private static byte[] Forge(byte[] saved, SpanAction change)
    {
        byte[] bytes = [.. saved];
        Span<byte> payload = bytes.AsSpan(ModelFile.HeaderSize..^ModelFile.ChecksumSize);
        change(payload);
        SHA256.HashData(payload, bytes.AsSpan(^ModelFile.ChecksumSize..));
        return bytes;
    }

    private delegate void SpanAction(Span<byte> span);

    private static TrainedNetwork Read(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return ModelFile.Read(stream);
    }

    private static byte[] Save(TrainedNetwork network)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(stream, network);
        return stream.ToArray();
    }

    /// <summary>Five inputs of three features.</summary>
    private static TrainedNetwork WithBins(TrainedNetwork network) => new(
        network.Architecture,
        new FeatureScaling
        {
            Means = network.Scaling!.Means,
            Scales = network.Scaling.Scales,
            OutlierThreshold = network.Scaling.OutlierThreshold,
            Lowest = [-FeatureScaling.Limit, -FeatureScaling.Limit, -FeatureScaling.Limit, 0.5f, -1],
            Highest = [FeatureScaling.Limit, FeatureScaling.Limit, FeatureScaling.Limit, 1, 2],
        },
        network.Layers,
        network.Summary)
    {
        InputFeatures = [0, 1, 2, 0, 0],
    };

    private static TrainedNetwork Network(DropoutVarianceSharing sharing = DropoutVarianceSharing.InputUnit, bool scaled = true)
    {
        var random = new Random(7);
        var architecture = new NetworkArchitecture
        {
            InputSize = 5,
            HiddenLayerSizes = [4],
            OutputSize = 3,
            Activation = Activation.Gelu,
            Posterior = WeightPosterior.IndependentWeightNoise,
            Sharing = sharing,
        };
        TrainedLayer[] layers =
        [
            .. Enumerable.Range(0, 2).Select(layer => new TrainedLayer
            {
                Inputs = architecture.InputsOf(layer),
                Outputs = architecture.OutputsOf(layer),
                Weights = Floats(architecture.InputsOf(layer) * architecture.OutputsOf(layer)),
                Biases = Floats(architecture.OutputsOf(layer)),
                LogVariances = Floats(architecture.LogVariancesOf(layer)),
            }),
        ];
        var summary = new TrainingSummary { Rows = 100, Iterations = 7, BestIteration = 6, ExpectedLogLikelihood = -12.5, KullbackLeibler = 3.25 };
        return new TrainedNetwork(architecture, scaled ? new FeatureScaling { Means = Floats(5), Scales = Floats(5), OutlierThreshold = 1.5f } : null, layers, summary);

        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
    }
}
