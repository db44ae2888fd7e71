using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Reads rows whose label is a class. A class may be without rows, but not all but one.</summary>
internal abstract class ClassificationSetReader(IChannel channel, Action throwIfCancelled) : TrainingSetReader(channel, throwIfCancelled)
{
    /// <summary>What an error calls a class, counted from 0.</summary>
    protected abstract string Describe(int label);

    protected override void CheckTraining(TrainingSet set)
    {
        if (set.HasOneLabel(0))
        {
            throw Channel.Except(FormattableString.Invariant(
                $"Training set has one class only: all of its {set.RowCount} instances have {Describe((int)set.FirstLabel(0))}. At least two classes are needed."));
        }
    }
}

/// <summary>Reads rows whose label is a key: the class, counted from 0.</summary>
internal sealed class MulticlassSetReader(IChannel channel, Action throwIfCancelled) : ClassificationSetReader(channel, throwIfCancelled)
{
    private int _classCount;

    public override int ScoreSize => _classCount;

    protected override void CheckLabel(RoleMappedData data) => data.CheckMulticlassLabel(out _classCount);

    protected override void CheckValidationLabel(RoleMappedData data) => data.CheckMulticlassLabel(out _);

    protected override FeatureFloatVectorCursor Open(RoleMappedData data, out LabelGetter label)
    {
        var cursor = new MulticlassLabelCursor(_classCount, data, CursorColumns);
        label = destination => destination[0] = cursor.Label;
        return cursor;
    }

    protected override string Describe(int label) => string.Create(CultureInfo.InvariantCulture, $"label key {label + 1} of {_classCount}");
}

/// <summary>Reads rows whose label is true or false: 1 or 0.</summary>
internal sealed class BinarySetReader(IChannel channel, Action throwIfCancelled) : ClassificationSetReader(channel, throwIfCancelled)
{
    public override int ScoreSize => 1;

    protected override void CheckLabel(RoleMappedData data) => data.CheckBinaryLabel();

    protected override FeatureFloatVectorCursor Open(RoleMappedData data, out LabelGetter label)
    {
        var cursor = new FloatLabelCursor(data, CursorColumns);
        label = destination => destination[0] = cursor.Label > 0 ? 1 : 0;
        return cursor;
    }

    protected override string Describe(int label) => label > 0 ? "the label true" : "the label false";
}
