using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.VariationalDropout.Data;

/// <summary>Reads the rows of a data view into a <see cref="TrainingSet"/> in one pass; what a label is, the classes that derive from it know.</summary>
/// <remarks>
/// ML.NET's own cursors leave out rows with a feature that is NaN or infinite, a missing label (for a regression also an infinite one), or a
/// weight that is not in (0, ∞); they are counted in one warning. Wide rows of which most features are zero are held sparse, however they come.
/// </remarks>
/// <param name="channel">Where the warnings go and errors come from.</param>
/// <param name="throwIfCancelled">Called now and then; throws to stop.</param>
internal abstract class TrainingSetReader(IChannel channel, Action throwIfCancelled)
{
    protected const CursOpt CursorColumns = CursOpt.Features | CursOpt.Label | CursOpt.Weight;

    private const int RowsBetweenCancellationChecks = 1024;
    private const int WidestDenseRow = 512;
    private const int SlotsPerSparseValue = 4;

    /// <summary>Rows after which the share of features that are not zero decides how the set is held.</summary>
    private const int RowsToJudgeBy = 512;

    /// <summary>The same where few rows have many: until then memory holds them twice.</summary>
    private const int FeaturesToJudgeBy = 1 << 20;

    /// <summary>Copies the label of the row at which a cursor stands, [LabelCount].</summary>
    protected delegate void LabelGetter(Span<float> label);

    /// <summary>Numbers that a prediction has: classes, 1, or targets. Known when the training set was read.</summary>
    public abstract int ScoreSize { get; }

    /// <summary>Sizes of blocks and windows; tests set smaller ones.</summary>
    public BlockLayout Layout { get; init; } = BlockLayout.Default;

    protected IChannel Channel => channel;

    /// <summary>The label column of the training set.</summary>
    protected DataViewSchema.Column Label { get; private set; }

    /// <summary>Numbers of a label.</summary>
    protected virtual int LabelCount => 1;

    /// <summary>Reads the rows to train on.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="isSparse">Whether to hold them sparse, as an earlier model's were held; null to judge by their first rows.</param>
    /// <param name="budget">The memory that the rows may take before they go to a file; null for as much as they need.</param>
    /// <exception cref="InvalidOperationException">No row is left, or there is nothing to learn.</exception>
    /// <exception cref="ArgumentException">A column is of the wrong type, or the budget does not hold what must be in memory at once.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public TrainingSet ReadTraining(RoleMappedData data, bool? isSparse = null, MemoryBudget? budget = null)
    {
        data.CheckFeatureFloatVector(out int featureCount);
        CheckLabel(data);
        data.CheckOptFloatWeight();
        Label = data.Schema.Label.GetValueOrDefault();

        return Read(data, featureCount, isSparse, budget, "Skipped {0} instances with missing features/label/weight during training", set =>
        {
            channel.Check(set.RowCount > 0, "Training set has 0 instances, aborting training.");
            CheckTraining(set);
        });
    }

    /// <summary>What an error calls a number of the label, at the start of a sentence.</summary>
    public virtual string DescribeLabel(int target) => $"Label column '{Label.Name}'";

    /// <summary>The error of a label that is the same number in all rows.</summary>
    public string DescribeConstant(int target, float value, int rows)
        => FormattableString.Invariant($"{DescribeLabel(target)} is {value} in all of the {rows} training instances: there is nothing to learn.");

    /// <summary>Reads the rows to validate on, after <see cref="ReadTraining"/>.</summary>
    /// <exception cref="InvalidOperationException">No row is left.</exception>
    /// <exception cref="ArgumentException">A column is of the wrong type, or the features are not of the training set's size.</exception>
    public TrainingSet ReadValidation(RoleMappedData data, TrainingSet training, MemoryBudget? budget = null)
    {
        CheckValidationLabel(data);
        return ReadLabelled(data, "validationData", training.FeatureCount, training.IsSparse, budget, "validation", "Validation set has 0 instances, aborting training.");
    }

    /// <summary>Reads rows with their labels to evaluate a network on.</summary>
    /// <exception cref="InvalidOperationException">No row is left.</exception>
    /// <exception cref="ArgumentException">A column is of the wrong type, or not of the network's size.</exception>
    public TrainingSet ReadEvaluation(RoleMappedData data, int featureCount, int scoreSize, bool isSparse)
    {
        CheckLabel(data);
        Label = data.Schema.Label.GetValueOrDefault();
        if (ScoreSize != scoreSize)
            throw channel.ExceptParam(nameof(data), $"Label column '{Label.Name}' is of type {Label.Type}, which has {ScoreSize} classes or targets where the model has {scoreSize}.");
        return ReadLabelled(data, nameof(data), featureCount, isSparse, budget: null, "evaluation", "There are 0 instances with features and a label to evaluate.");
    }

    private TrainingSet ReadLabelled(RoleMappedData data, string parameter, int featureCount, bool isSparse, MemoryBudget? budget, string purpose, string emptyMessage)
    {
        data.CheckFeatureFloatVector(out int size);
        data.CheckOptFloatWeight();
        if (size != featureCount)
        {
            DataViewSchema.Column column = data.Schema.Feature.GetValueOrDefault();
            throw channel.ExceptSchemaMismatch(parameter, "feature", column.Name, new VectorDataViewType(NumberDataViewType.Single, featureCount).ToString(), column.Type.ToString());
        }

        return Read(
            data, featureCount, isSparse, budget, $"Skipped {{0}} instances with missing features/label/weight during {purpose}", set => channel.Check(set.RowCount > 0, emptyMessage));
    }

    /// <summary>Refuses a label column of the wrong type; remembers the number of classes or targets.</summary>
    protected abstract void CheckLabel(RoleMappedData data);

    /// <summary>Refuses a label column that is not like the training set's.</summary>
    protected virtual void CheckValidationLabel(RoleMappedData data) => CheckLabel(data);

    /// <summary>Opens a cursor over the usable rows.</summary>
    protected abstract FeatureFloatVectorCursor Open(RoleMappedData data, out LabelGetter label);

    /// <summary>Refuses labels that nothing can be learned from.</summary>
    protected virtual void CheckTraining(TrainingSet set)
    {
    }

    /// <summary>Makes a sparse set dense whose rows have so many features that they had better be.</summary>
    private static void MakeDenseIfFilled(ref TrainingSet set)
    {
        if (set.StoredFeatureCount <= (long)set.RowCount * set.FeatureCount / SlotsPerSparseValue)
            return;
        TrainingSet sparse = set;
        set = sparse.ToDense();
        sparse.Discard();
    }

    private static string DescribeRow(DataViewSchema.Column feature, FeatureFloatVectorCursor cursor, int featureCount)
        => $"Feature column '{feature.Name}' has {cursor.Features.Length} numbers in row {cursor.Row.Position}, counted from 0, where its type {feature.Type} has {featureCount}: every row needs the same features.";

    private static void AddRow(TrainingSet set, ReadOnlySpan<float> label, float weight, in VBuffer<float> features, ref int[] allIndices)
    {
        if (!set.IsSparse)
        {
            features.CopyTo(set.Add(label, weight));
            return;
        }

        if (features.IsDense && allIndices.Length == 0)
            allIndices = [.. Enumerable.Range(0, features.Length)];
        set.AddSparse(label, weight, features.IsDense ? allIndices : features.GetIndices(), features.GetValues());
    }

    private TrainingSet Read(RoleMappedData data, int featureCount, bool? isSparse, MemoryBudget? budget, string skippedMessage, Action<TrainingSet> check)
    {
        throwIfCancelled();
        bool undecided = isSparse is null && featureCount > WidestDenseRow;
        var set = new TrainingSet(featureCount, LabelCount, undecided || isSparse == true, Layout, budget);
        using FeatureFloatVectorCursor cursor = Open(data, out LabelGetter getLabel);
        float[] label = new float[LabelCount];
        int[] allIndices = [];
        while (cursor.MoveNext())
        {
            if (cursor.KeptRowCount % RowsBetweenCancellationChecks == 0)
                throwIfCancelled();
            channel.Check(set.RowCount < int.MaxValue, "Training set has more than 2147483647 instances, aborting training.");
            if (cursor.Features.Length != featureCount)
                throw channel.Except(DescribeRow(data.Schema.Feature.GetValueOrDefault(), cursor, featureCount));
            getLabel(label);
            AddRow(set, label, cursor.Weight, in cursor.Features, ref allIndices);
            if (undecided && (set.RowCount == RowsToJudgeBy || set.StoredFeatureCount >= FeaturesToJudgeBy))
            {
                undecided = false;
                MakeDenseIfFilled(ref set);
            }
        }

        if (undecided)
            MakeDenseIfFilled(ref set);
        set.Complete();
        if (cursor.SkippedRowCount > 0)
            channel.Warning(skippedMessage, cursor.SkippedRowCount);
        check(set);
        return set;
    }
}
