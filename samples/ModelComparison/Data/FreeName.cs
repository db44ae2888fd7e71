namespace ModelComparison.Data;

/// <summary>Names of columns that the program makes: never those of the table, which would be hidden.</summary>
internal static class FreeName
{
    /// <summary>The wanted name, with the first number behind it that makes it free.</summary>
    public static string Of(string wanted, IReadOnlyCollection<string> taken)
    {
        string name = wanted;
        for (int number = 2; taken.Contains(name); number++)
            name = $"{wanted} ({number})";
        return name;
    }
}
