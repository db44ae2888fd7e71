namespace ModelComparison.Data;

/// <summary>What is predicted.</summary>
internal enum LearningTask
{
    /// <summary>One of two classes.</summary>
    Binary,

    /// <summary>One of several classes.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}
