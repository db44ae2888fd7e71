using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Reads rows whose label is a number or several. A target of one value only is refused.</summary>
internal abstract class TargetSetReader(IChannel channel, Action throwIfCancelled) : TrainingSetReader(channel, throwIfCancelled)
{
    protected override void CheckTraining(TrainingSet set)
    {
        for (int t = 0; t < set.LabelCount; t++)
        {
            if (set.HasOneLabel(t))
                throw Channel.Except(DescribeConstant(t, set.FirstLabel(t), set.RowCount));
        }
    }
}

/// <summary>Reads rows whose label is a number.</summary>
internal sealed class RegressionSetReader(IChannel channel, Action throwIfCancelled) : TargetSetReader(channel, throwIfCancelled)
{
    public override int ScoreSize => 1;

    protected override void CheckLabel(RoleMappedData data) => data.CheckRegressionLabel();

    protected override FeatureFloatVectorCursor Open(RoleMappedData data, out LabelGetter label)
    {
        var cursor = new FloatLabelCursor(data, CursorColumns);
        label = destination => destination[0] = cursor.Label;
        return cursor;
    }
}

/// <summary>Reads rows whose label is a vector of numbers.</summary>
internal sealed class MultiTargetSetReader(IChannel channel, Action throwIfCancelled) : TargetSetReader(channel, throwIfCancelled)
{
    private int _targetCount;

    public override int ScoreSize => _targetCount;

    protected override int LabelCount => _targetCount;

    public override string DescribeLabel(int target) => $"Target {target} ({SlotNames.ReadOrNumber(Label, _targetCount)[target]}) of label column '{Label.Name}'";

    protected override void CheckLabel(RoleMappedData data)
    {
        data.CheckMultiOutputRegressionLabel();
        _targetCount = data.Schema.Label.GetValueOrDefault().Type.GetVectorSize();
    }

    protected override void CheckValidationLabel(RoleMappedData data)
    {
        data.CheckMultiOutputRegressionLabel();
        DataViewSchema.Column label = data.Schema.Label.GetValueOrDefault();
        if (label.Type.GetVectorSize() != _targetCount)
            throw Channel.ExceptSchemaMismatch("validationData", "label", label.Name, new VectorDataViewType(NumberDataViewType.Single, _targetCount).ToString(), label.Type.ToString());
    }

    protected override FeatureFloatVectorCursor Open(RoleMappedData data, out LabelGetter label)
    {
        var cursor = new Cursor(Channel, data, _targetCount);
        label = destination => cursor.Targets.CopyTo(destination);
        return cursor;
    }

    /// <summary>As ML.NET's cursor for labels that are numbers: rows with a target that is NaN or infinite are left out and counted.</summary>
    private sealed class Cursor : FeatureFloatVectorCursor
    {
        private readonly IChannel _channel;
        private readonly DataViewSchema.Column _column;
        private readonly ValueGetter<VBuffer<float>> _getter;
        private readonly int _targetCount;
        private VBuffer<float> _targets;

        public Cursor(IChannel channel, RoleMappedData data, int targetCount)
            : base(data, CursorColumns)
        {
            _channel = channel;
            _column = data.Schema.Label.GetValueOrDefault();
            _getter = Row.GetGetter<VBuffer<float>>(_column);
            _targetCount = targetCount;
        }

        public ref readonly VBuffer<float> Targets => ref _targets;

        public override bool Accept()
        {
            _getter(ref _targets);
            if (_targets.Length != _targetCount)
            {
                throw _channel.Except(
                    $"Label column '{_column.Name}' has {_targets.Length} targets in row {Row.Position}, counted from 0, where its type {_column.Type} has {_targetCount}: every row needs the same targets.");
            }

            return FloatUtils.IsFinite(_targets.GetValues()) && base.Accept();
        }
    }
}
