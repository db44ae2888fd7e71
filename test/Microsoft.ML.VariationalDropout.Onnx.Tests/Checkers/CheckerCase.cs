using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.VariationalDropout.Network;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx.Tests.Checkers;

/// <summary>An ONNX file, rows for it, and what ML.NET makes of them.</summary>
/// <param name="Name">What to call it in a message.</param>
/// <param name="Model">The file.</param>
/// <param name="Inputs">The rows.</param>
/// <param name="Expected">The columns of ML.NET that the outputs, <c>&lt;column&gt;.output</c>, must be.</param>
/// <param name="Targets">The units of a regression.</param>
internal sealed record CheckerCase(string Name, byte[] Model, List<ColumnValues> Inputs, List<ColumnValues> Expected, TargetScaling? Targets)
{
    private const string Suffix = ".output";

    /// <summary>Two units in the last place of a number of 32 bits.</summary>
    private const double SingleRounding = 1.0 / (1 << 22);

    /// <summary>The same model on some of the rows.</summary>
    public CheckerCase Take(int rows) => this with
    {
        Name = $"{Name}, {rows} rows",
        Inputs = [.. Inputs.Select(input => input.Take(Enumerable.Range(0, rows)))],
        Expected = [.. Expected.Select(column => column.Take(Enumerable.Range(0, rows)))],
    };

    /// <summary>The case as cases.json has it.</summary>
    public object Describe(string file)
    {
        Dictionary<string, string> nodes = ModelProto.Read(Model).Graph.Nodes.SelectMany(node => node.Outputs.Select(output => (output, node.Name))).ToDictionary();
        return new
        {
            Name,
            Model = file,
            Inputs = Inputs.Select(CheckerTensor.Create),
            Outputs = Expected.Select(column => new { Name = column.Name + Suffix, Node = nodes[column.Name + Suffix] }),
        };
    }

    /// <summary>Compares as the documentation promises: |a − b| ≤ tolerance × max(1, |b|), regression on the standardised target; labels equal unless two are equally good.</summary>
    /// <returns>The largest difference of a number, in units of max(1, |b|).</returns>
    public double Check(Dictionary<string, OnnxOutput> outputs, double tolerance)
    {
        double largest = 0;
        foreach (ColumnValues column in Expected)
        {
            OnnxOutput output = outputs[column.Name + Suffix];
            Assert.HasCount(column.Values.Length, output.Values, $"{Name}: {column.Name}");
            int width = column.Widths[0];
            for (int i = 0; i < column.Values.Length; i++)
            {
                object expected = column.Values.GetValue(i)!, actual = output.Values.GetValue(i)!;
                string place = string.Create(CultureInfo.InvariantCulture, $"{Name}: {column.Name} of row {i / width}, slot {i % width}, is {actual} instead of {expected}");
                if (expected is float or double)
                {
                    double difference = Difference(column.Name, i % width, Convert.ToDouble(actual, CultureInfo.InvariantCulture), Convert.ToDouble(expected, CultureInfo.InvariantCulture));
                    Assert.IsTrue(difference <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{place}: {difference:E1} of {tolerance:E1}"));
                    largest = Math.Max(largest, difference);
                }
                else
                {
                    Assert.IsTrue(expected.Equals(actual) || Margin(i / width) < tolerance, place);
                }
            }
        }

        return largest;
    }

    private double Difference(string column, int slot, double actual, double expected)
    {
        if (actual.Equals(expected))
            return 0;
        if (double.IsNaN(actual) != double.IsNaN(expected))
            return double.PositiveInfinity;
        double scale = 1, mean = 0, rounding = 0;
        if (Targets is not null)
        {
            scale = Targets.Scales[slot % Targets.Scales.Length];
            mean = column == DefaultColumnNames.Score ? Targets.Means[slot % Targets.Means.Length] : 0;
            rounding = SingleRounding * Math.Abs(expected);
        }

        return Math.Max(0, Math.Abs(actual - expected) - rounding) / Math.Max(scale, Math.Abs(expected - mean));
    }

    /// <summary>By how much the first class of a row is ahead.</summary>
    private float Margin(int row)
    {
        if (Expected.Find(column => column.Name == DefaultColumnNames.Probability) is ColumnValues probability)
            return Math.Abs(((float[])probability.Values)[row] - 0.5f);
        ColumnValues score = Expected.Single(column => column.Name == DefaultColumnNames.Score);
        float[] best = [.. ((float[])score.Values).Skip(row * score.Widths[0]).Take(score.Widths[0]).OrderDescending().Take(2)];
        return best[0] - best[1];
    }
}
