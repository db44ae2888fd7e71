using Microsoft.ML.Trainers.VariationalDropout.Inference;
using Microsoft.ML.Trainers.VariationalDropout.Numerics;
using Microsoft.ML.Trainers.VariationalDropout.Tests.Inference;

namespace Microsoft.ML.Trainers.VariationalDropout.Tests.Numerics;

[TestClass]
public sealed unsafe class BlockedMatrixTests
{
    [TestMethod]
    public void Layout_is_panels_of_sixteen_columns()
    {
        var matrix = new BlockedMatrix<float>(18, 35);
        Assert.AreEqual(32, matrix.PaddedRows);
        Assert.AreEqual(3, matrix.Panels);
        matrix[17, 34] = 5;
        Assert.AreEqual(5, matrix.At(2, 17)[2]);
        Assert.AreEqual(5, matrix.Buffer.Span[(2 * 32 * 16) + (17 * 16) + 2]);
    }

    [TestMethod]
    public void Memory_is_aligned_to_a_cache_line()
    {
        for (int length = 0; length < 100; length += 7)
        {
            Assert.AreEqual(0, (nint)new AlignedBuffer<float>(length).Pointer % 64);
            Assert.AreEqual(0, (nint)new AlignedBuffer<double>(length).Pointer % 64);
        }
    }

    [TestMethod]
    public void Matrix_that_no_array_can_hold_is_refused()
    {
        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AlignedBuffer<float>(1L << 31));
        Assert.Contains("smaller layers", exception.Message);
    }

    /// <summary>f(0) ≠ 0 for softplus: the padding of the activations must not leak into the padding of the weights.</summary>
    [TestMethod]
    public void Padding_of_the_parameters_stays_zero_through_training()
    {
        foreach (var (posterior, sharing) in CoreProblem.Noises())
        {
            var architecture = CoreProblem.Architecture(5, 3, posterior, sharing, Activation.Softplus, hidden: [19, 7]);
            var data = CoreProblem.Create(21, 5, 3);
            using var team = new WorkerTeam(1);
            var pass = CoreProblem.Pass<PortableLanes, float>(architecture, data.RowCount, team);
            var optimizer = new AdamOptimizer<PortableLanes, float>(0.9, 0.999, 1e-8);
            for (uint step = 0; step < 5; step++)
            {
                optimizer.BeginStep(0.05);
                pass.Run(data, CoreProblem.AllRows(data), null, new Objective(data.RowCount, 1), 1, step, optimizer);
            }

            foreach (var layer in pass.Layers)
            {
                for (int panel = 0; panel < layer.OutputPanels; panel++)
                {
                    for (int i = 0; i < layer.WeightMatrix.PaddedRows; i++)
                    {
                        for (int j = 0; j < 16; j++)
                        {
                            if (i >= layer.Inputs || (panel * 16) + j >= layer.Outputs)
                                Assert.AreEqual(0, layer.WeightMatrix.At(panel, i)[j], $"{posterior}, {sharing}, layer {layer.Index}, panel {panel} [{i}, {j}]");
                        }
                    }
                }
            }
        }
    }
}
