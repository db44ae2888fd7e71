namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

internal enum LearningTask
{
    Regression,

    /// <summary>Of two classes by the binary trainers, of more by the multiclass trainers.</summary>
    Classification,
}
