namespace Pipeline.Data;

/// <summary>
/// Draws a census whose structure is known: what decides the income is below, in <see cref="Logit"/>; final weight, ethnicity, sex and country
/// decide nothing. Some workclasses and hours are not known.
/// </summary>
internal static class GeneratedCensus
{
    private static readonly string[] Workclasses = ["Private", "Self-emp", "Federal-gov", "Local-gov"];

    private static readonly string[] Educations = ["9th", "10th", "11th", "12th", "HS-grad", "Some-college", "Assoc", "Bachelors", "Masters", "Doctorate"];

    private static readonly string[] MaritalStatuses = ["Never-married", "Married", "Divorced", "Widowed"];

    /// <summary>With what each adds to the logit.</summary>
    private static readonly (string Name, double Logit)[] Occupations =
        [("Exec-managerial", 1), ("Prof-specialty", 0.7), ("Tech-support", 0.3), ("Sales", 0), ("Craft-repair", 0), ("Handlers-cleaners", -1), ("Other-service", -1.5)];

    private static readonly string[] Ethnicities = ["A", "B", "C", "D"];

    private static readonly string[] Countries = ["United-States", "Mexico", "Canada", "India"];

    public static IEnumerable<CensusRow> Draw(int rows, int seed, CancellationToken cancellation = default)
    {
        var random = new Random(seed);
        for (int i = 0; i < rows; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return DrawRow(random);
        }
    }

    private static CensusRow DrawRow(Random random)
    {
        int education = random.Next(Educations.Length);
        int maritalStatus = random.NextDouble() < 0.5 ? 1 : random.Next(MaritalStatuses.Length);
        (string occupation, double occupationLogit) = Occupations[random.Next(Occupations.Length)];
        bool isMale = random.NextDouble() < 0.6;
        var row = new CensusRow
        {
            Age = random.Next(17, 80),
            Workclass = random.NextDouble() < 0.06 ? "?" : Workclasses[random.Next(Workclasses.Length)],
            FinalWeight = random.Next(20_000, 400_000),
            Education = Educations[education],
            EducationNumber = education + 5,
            MaritalStatus = MaritalStatuses[maritalStatus],
            Occupation = occupation,
            Relationship = maritalStatus != 1 ? "Not-in-family" : isMale ? "Husband" : "Wife",
            Ethnicity = Ethnicities[random.Next(Ethnicities.Length)],
            Sex = isMale ? "Male" : "Female",
            CapitalGain = random.NextDouble() < 0.08 ? random.Next(1_000, 15_000) : 0,
            CapitalLoss = random.NextDouble() < 0.04 ? random.Next(1_000, 2_500) : 0,
            HoursPerWeek = Math.Clamp((int)(40 + (10 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5))), 1, 99),
            NativeCountry = Countries[random.NextDouble() < 0.9 ? 0 : random.Next(Countries.Length)],
        };
        row.Label = random.NextDouble() < 1 / (1 + Math.Exp(-Logit(row, occupationLogit)));

        // After the label was drawn: the value is there, and was not asked for.
        if (random.NextDouble() < 0.03)
            row.HoursPerWeek = float.NaN;
        return row;
    }

    /// <summary>The logarithm of the odds of an income over 50,000.</summary>
    private static double Logit(CensusRow row, double occupation)
        => -3.2 + (0.4 * (row.EducationNumber - 9)) + (row.MaritalStatus == "Married" ? 2.2 : 0) + occupation + (row.CapitalGain > 5_000 ? 3 : 0)
            + (0.06 * (row.HoursPerWeek - 40)) - (1.2 * Math.Pow((row.Age - 48) / 18, 2));
}
