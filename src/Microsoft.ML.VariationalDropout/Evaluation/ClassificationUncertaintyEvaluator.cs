using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.VariationalDropout.Data;

namespace Microsoft.ML.Trainers.VariationalDropout;

/// <summary>The columns that <see cref="ClassificationUncertaintyEvaluator"/> reads.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The probability of true, or those of all classes.</param>
/// <param name="Uncertainty">What rows are rejected by; null for 1 − the greatest probability.</param>
/// <param name="PredictionSet">Which classes are in the set; null for the column of that name, if there is one.</param>
/// <param name="Weight">Null for equal weights.</param>
internal sealed record ClassificationColumns(string Label, string Score, string? Uncertainty, string? PredictionSet, string? Weight);

/// <summary>Computes <see cref="ClassificationUncertaintyMetrics"/> in one pass over scored data.</summary>
internal static class ClassificationUncertaintyEvaluator
{
    private const double LeastProbability = 1e-15;

    public static ClassificationUncertaintyMetrics Evaluate(IHostEnvironment env, IDataView data, bool isBinary, ClassificationColumns names, int numberOfBins)
    {
        IHost host = env.Register(nameof(ClassificationUncertaintyEvaluator));
        DataViewSchema schema = data.Schema;
        DataViewSchema.Column label = SchemaColumns.FindClass(host, schema, names.Label, isBinary);
        DataViewSchema.Column score = isBinary
            ? SchemaColumns.Find(host, schema, "probability", names.Score, NumberDataViewType.Single)
            : SchemaColumns.FindVector(host, schema, "score", names.Score, NumberDataViewType.Single);
        int classes = isBinary ? 2 : score.Type.GetVectorSize();
        var columns = new List<DataViewSchema.Column> { score };
        int uncertainty = Add(names.Uncertainty is null ? null : SchemaColumns.Find(host, schema, "uncertainty", names.Uncertainty, NumberDataViewType.Single));
        string? setName = names.PredictionSet ?? FindSets(schema, classes);
        int set = Add(setName is null ? null : SchemaColumns.FindVector(host, schema, "prediction set", setName, BooleanDataViewType.Instance, classes));
        DataViewSchema.Column? weight = names.Weight is null ? null : SchemaColumns.Find(host, schema, "weight", names.Weight, NumberDataViewType.Single);

        var bins = new CalibrationBins(numberOfBins);
        var answers = new List<(double Uncertainty, double Error, double Weight)>();
        double weights = 0, correct = 0, logLosses = 0, squares = 0, covered = 0, sizes = 0;
        double[] probabilities = new double[classes];
        using IChannel channel = host.Start("Evaluating");
        using var rows = new ScoredRows(channel, data, label, columns, weight);
        while (rows.MoveNext())
        {
            host.CheckAlive();
            Probabilities.Check(channel, names.Score, rows[0], rows.Position);
            Spread(rows[0], probabilities);
            int actual = rows.LabelOf(classes), predicted = IndexOfGreatest(probabilities);
            double w = rows.Weight, confidence = probabilities[predicted];
            bool isCorrect = predicted == actual;
            weights += w;
            correct += isCorrect ? w : 0;
            logLosses -= w * Math.Log(Math.Max(probabilities[actual], LeastProbability));
            squares += w * SquaredError(probabilities, actual);
            if (isBinary)
                bins.Add(probabilities[1], actual == 1, w);
            else
                bins.Add(confidence, isCorrect, w);
            answers.Add((uncertainty < 0 ? 1 - confidence : rows[uncertainty][0], isCorrect ? 0 : 1, w));
            if (set < 0)
                continue;
            covered += w * rows[set][actual];
            foreach (float isIn in rows[set])
                sizes += w * isIn;
        }

        return new ClassificationUncertaintyMetrics(bins.ToList(), new RejectionCurve(answers))
        {
            Accuracy = correct / weights,
            NegativeLogLikelihood = logLosses / weights,
            BrierScore = squares / weights,
            PredictionSetCoverage = set < 0 ? double.NaN : covered / weights,
            MeanPredictionSetSize = set < 0 ? double.NaN : sizes / weights,
            RowCount = rows.RowCount,
            SkippedRowCount = rows.SkippedRowCount,
        };

        int Add(DataViewSchema.Column? column)
        {
            if (column is not DataViewSchema.Column found)
                return -1;
            columns.Add(found);
            return columns.Count - 1;
        }
    }

    /// <summary>The column that is called so and holds sets of these classes; another one of that name is none of ours.</summary>
    private static string? FindSets(DataViewSchema schema, int classes)
        => schema.GetColumnOrNull(VariationalDropoutCatalog.PredictionSet) is { Type: VectorDataViewType { ItemType: BooleanDataViewType } vector } column && vector.Size == classes ? column.Name : null;

    /// <summary>Of two classes the probabilities of false and true.</summary>
    private static void Spread(ReadOnlySpan<float> scores, double[] probabilities)
    {
        for (int k = 0; k < scores.Length; k++)
            probabilities[^(scores.Length - k)] = scores[k];
        if (scores.Length < probabilities.Length)
            probabilities[0] = 1 - probabilities[1];
    }

    /// <summary>The first where several are.</summary>
    private static int IndexOfGreatest(double[] values) => Array.IndexOf(values, values.Max());

    private static double SquaredError(double[] probabilities, int actual)
    {
        double sum = 0;
        for (int k = 0; k < probabilities.Length; k++)
        {
            double error = probabilities[k] - (k == actual ? 1 : 0);
            sum += error * error;
        }

        // Both classes are as wrong as each other.
        return probabilities.Length == 2 ? sum / 2 : sum;
    }
}
