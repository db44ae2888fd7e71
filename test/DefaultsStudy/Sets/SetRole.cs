namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>What a set was used for.</summary>
internal enum SetRole
{
    /// <summary>The defaults were chosen on it.</summary>
    Choose,

    /// <summary>It was kept aside: it confirms what was chosen on the others.</summary>
    Confirm,
}
