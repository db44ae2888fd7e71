using System.Net;
using System.Net.Sockets;
using Microsoft.ML.Trainers.VariationalDropout.Onnx;
using ScoringService.Load;
using ScoringService.Model;

namespace ScoringService.Tests;

/// <summary>The small parts.</summary>
[TestClass]
public sealed class PartTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(100)]
    [DataRow(200)]
    [DataRow(100_000)]
    public void A_property_at_the_end_of_a_file_is_read_by_ONNX_Runtime(int length)
    {
        string value = new('é', length);
        using OnnxScorer scorer = OnnxScorer.FromBytes([.. File.ReadAllBytes(AssemblySetup.ModelFile), .. FileProperty.Encode("note", value)]);

        Assert.AreEqual(value, scorer.Metadata["note"]);
        Assert.AreEqual("Customers", ModelCard.Read(scorer.Metadata, scorer.Inputs).Title);
    }

    [TestMethod]
    public void An_answer_that_is_no_number_is_not_sure_and_null()
    {
        using var writer = new AnswerWriter(entropyThreshold: 0.5);

        writer.WriteSingle(new Answer(float.NaN, float.NaN, float.NaN, float.PositiveInfinity), null, "1");

        Assert.AreEqual(
            """{"decision":"I am not sure","prediction":null,"probability":null,"uncertainty":{"entropy":null,"epistemic":null,"aleatoric":null,"standardDeviation":null},"model":"1"}""",
            System.Text.Encoding.UTF8.GetString(writer.Bytes));
        Assert.AreEqual(1, writer.NotSureCount);
    }

    [TestMethod]
    [DataRow(0.5f, 0.6931472f)]
    [DataRow(1f, 0f)]
    [DataRow(0f, 0f)]
    [DataRow(float.NaN, float.NaN)]
    public void A_graph_that_does_not_tell_the_entropy_has_that_of_its_probability(float probability, float entropy)
        => Assert.AreEqual(entropy, new Answers([probability], [], [], [])[0].Entropy, 1e-6f);

    [TestMethod]
    public async Task A_service_that_never_answers_is_an_error_of_the_load_test()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using LoadConnection connection = await LoadConnection.OpenAsync((IPEndPoint)silent.LocalEndpoint, TimeSpan.FromMilliseconds(50), CancellationToken.None);

        IOException error = await Assert.ThrowsExactlyAsync<IOException>(() => connection.SendAsync(new byte[1]).AsTask());

        Assert.AreEqual("No answer came within 0.05 s.", error.Message);
    }

    [TestMethod]
    public void A_quantile_is_what_so_many_do_not_exceed()
    {
        var latencies = new LatencyHistogram();
        for (int i = 1; i <= 100; i++)
            latencies.Add(TimeSpan.FromMicroseconds(10 * i));

        Assert.AreEqual(0.501, latencies.Quantile(0.5), 1e-12);
        Assert.AreEqual(0.991, latencies.Quantile(0.99), 1e-12);
        Assert.AreEqual(1.0, latencies.Longest, 1e-12);
        latencies.Add(TimeSpan.FromSeconds(3));
        Assert.AreEqual(3000, latencies.Quantile(1), 1e-12);
        Assert.AreEqual(101, latencies.Count);
    }

    [TestMethod]
    public void The_slope_is_that_of_a_line_after_the_settling()
    {
        var trend = new MemoryTrend();
        for (int second = 0; second <= 600; second += 10)
            trend.Add(second, (long)((second < 120 ? 1000 : 100 + (0.5 * second / 60)) * (1 << 20)));

        Assert.AreEqual(0.5, trend.Slope(600)!.Value, 1e-4);
        Assert.IsNull(trend.Slope(3000));
    }
}
