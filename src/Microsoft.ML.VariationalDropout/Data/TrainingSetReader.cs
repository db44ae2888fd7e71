using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Reads the rows of a data view into a <see cref="TrainingSet"/> in one pass.</summary>
internal static class TrainingSetReader
{
    private const int RowsBetweenCancellationChecks = 1024;

    /// <summary>Reads the rows to train a classifier on.</summary>
    /// <remarks>
    /// ML.NET's own cursor leaves out rows with a feature that is NaN or infinite, a missing label, or a weight that is not in (0, ∞);
    /// they are counted in one warning. A class of the key's range may be without rows.
    /// </remarks>
    /// <param name="data">Rows with their roles.</param>
    /// <param name="channel">Where the warning goes and errors come from.</param>
    /// <param name="throwIfCancelled">Called now and then; throws to stop.</param>
    /// <param name="classCount">Number of classes, from the label's key type.</param>
    /// <exception cref="InvalidOperationException">No row is left, or all are of one class.</exception>
    public static TrainingSet ReadMulticlass(RoleMappedData data, IChannel channel, Action throwIfCancelled, out int classCount)
    {
        data.CheckFeatureFloatVector(out int featureCount);
        data.CheckMulticlassLabel(out classCount);
        data.CheckOptFloatWeight();

        TrainingSet set = Read(data, featureCount, classCount, channel, throwIfCancelled, "Skipped {0} instances with missing features/label/weight during training");
        channel.Check(set.RowCount > 0, "Training set has 0 instances, aborting training.");

        float first = set.Label(0);
        int row = 1;
        while (row < set.RowCount && set.Label(row) == first)
            row++;
        if (row == set.RowCount)
        {
            throw channel.Except(FormattableString.Invariant(
                $"Training set has one class only: all of its {set.RowCount} instances have label key {(int)first + 1} of {classCount}. At least two classes are needed."));
        }

        return set;
    }

    /// <summary>Reads the rows to validate a classifier on.</summary>
    /// <param name="data">Rows with their roles.</param>
    /// <param name="featureCount">Number of features of the training set.</param>
    /// <param name="classCount">Number of classes of the training set.</param>
    /// <param name="channel">Where the warning goes and errors come from.</param>
    /// <param name="throwIfCancelled">Called now and then; throws to stop.</param>
    /// <exception cref="InvalidOperationException">No row is left.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The features are not of the training set's size.</exception>
    public static TrainingSet ReadMulticlassValidation(RoleMappedData data, int featureCount, int classCount, IChannel channel, Action throwIfCancelled)
    {
        data.CheckFeatureFloatVector(out int validationFeatureCount);
        data.CheckMulticlassLabel(out _);
        data.CheckOptFloatWeight();
        if (validationFeatureCount != featureCount)
        {
            DataViewSchema.Column column = data.Schema.Feature.GetValueOrDefault();
            throw channel.ExceptSchemaMismatch(
                "validationData", "feature", column.Name, new VectorDataViewType(NumberDataViewType.Single, featureCount).ToString(), column.Type.ToString());
        }

        TrainingSet set = Read(data, featureCount, classCount, channel, throwIfCancelled, "Skipped {0} instances with missing features/label/weight during validation");
        channel.Check(set.RowCount > 0, "Validation set has 0 instances, aborting training.");
        return set;
    }

    private static TrainingSet Read(
        RoleMappedData data, int featureCount, int classCount, IChannel channel, Action throwIfCancelled, string skippedMessage)
    {
        throwIfCancelled();
        var set = new TrainingSet(featureCount);
        var factory = new MulticlassLabelCursor.Factory(classCount, data, CursOpt.Features | CursOpt.Label | CursOpt.Weight);
        using MulticlassLabelCursor cursor = factory.Create();
        while (cursor.MoveNext())
        {
            if (cursor.KeptRowCount % RowsBetweenCancellationChecks == 0)
                throwIfCancelled();
            channel.Check(set.RowCount < int.MaxValue, "Training set has more than 2147483647 instances, aborting training.");
            cursor.Features.CopyTo(set.Add(cursor.Label, cursor.Weight));
        }

        if (cursor.SkippedRowCount > 0)
            channel.Warning(skippedMessage, cursor.SkippedRowCount);
        return set;
    }
}
