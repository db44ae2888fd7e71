using System.Globalization;
using System.Text;

namespace ModelComparison.Data;

/// <summary>
/// Customers of a made-up telephone company, with the label of a task that is drawn from a known distribution: so that a run without data shows how
/// near to the best possible figures trainers come. Categories, numbers, sentences, an identifier, a constant, and missing cells that say something by being missing.
/// </summary>
internal sealed class MadeCustomers
{
    private const string Header = "customer_id,country,region,plan,contract,age,tenure_months,monthly_charge,support_calls,income,last_note";

    private static readonly string[] Regions = ["north", "east", "south", "west"], Plans = ["basic", "plus", "family"], Contracts = ["monthly", "one year", "two years"];

    private static readonly string[] Openings = ["The customer called and said that", "A letter came:", "In the shop we heard that", "By mail:"];

    private static readonly (string Words, double Anger)[] Middles =
    [
        ("the line is slow again", 0.9), ("the bill was wrong", 0.7), ("a rival made a better offer", 1.4), ("everything works well", -0.9),
        ("the new router is fine", -0.6), ("an address had to be changed", 0), ("there was a question about roaming", 0),
    ];

    private static readonly string[] Endings = ["", ", and thanked us", ", and wants to be called back", ", for the second time"];

    private static readonly string[] Actions = ["leave", "stay", "upgrade"];

    private MadeCustomers(string csv, string label, double[][] truth) => (Csv, Label, Truth) = (csv, label, truth);

    /// <summary>The file.</summary>
    public string Csv { get; }

    /// <summary>The label's column.</summary>
    public string Label { get; }

    /// <summary>What each row's label was drawn from: the probability of each class, in the order of their names, or mean and standard deviation.</summary>
    public double[][] Truth { get; }

    public static MadeCustomers Create(LearningTask task, int rows, int seed)
    {
        var random = new Random(seed);
        string label = task switch { LearningTask.Binary => "churned", LearningTask.Multiclass => "next_step", _ => "yearly_spend" };
        var csv = new StringBuilder($"{Header},{label}\n");
        double[][] truth = new double[rows][];
        for (int row = 0; row < rows; row++)
        {
            int region = random.Next(Regions.Length), plan = random.Next(Plans.Length), contract = random.Next(Contracts.Length);
            int age = random.Next(18, 85), tenure = (int)Math.Min(120, -40 * Math.Log(1 - random.NextDouble())), calls = (int)(-1.2 * Math.Log(1 - random.NextDouble()));
            double charge = Math.Round(18 + (14 * plan) + (12 * random.NextDouble()), 2), income = Math.Round(1200 + (40 * age) + (600 * Normal(random)), 0);
            bool hidesIncome = random.NextDouble() < (calls > 1 ? 0.4 : 0.1);
            (string words, double anger) = Middles[random.Next(Middles.Length)];

            double discontent = anger + (0.5 * Math.Min(calls, 4)) + (contract == 0 ? 0.9 : -0.4 * contract) - (0.025 * tenure)
                + (charge > 40 && age < 35 ? 1.1 : 0) + (hidesIncome ? 0.5 : 0) - 0.6;
            string value;
            (value, truth[row]) = task switch
            {
                LearningTask.Binary => DrawChurn(random, discontent),
                LearningTask.Multiclass => DrawAction(random, discontent, wealth: (income - 3000) / 1000, plan),
                _ => DrawSpend(random, charge, discontent, isFaithful: contract == 2, region),
            };
            string incomeText = hidesIncome ? "" : income.ToString("F0", CultureInfo.InvariantCulture);
            string regionText = random.NextDouble() < 0.03 ? "?" : Regions[region];
            csv.Append(CultureInfo.InvariantCulture, $"C{row + 100_000},NL,{regionText},{Plans[plan]},{Contracts[contract]},{age},{tenure},{charge:F2},{calls},{incomeText},");
            csv.Append(CultureInfo.InvariantCulture, $"\"{Openings[random.Next(Openings.Length)]} {words}{Endings[random.Next(Endings.Length)]}\",{value}\n");
        }

        return new(csv.ToString(), label, truth);
    }

    private static (string Value, double[] Truth) DrawChurn(Random random, double discontent)
    {
        double probability = 1 / (1 + Math.Exp(-1.3 * discontent));
        return (random.NextDouble() < probability ? "yes" : "no", [1 - probability, probability]);
    }

    private static (string Value, double[] Truth) DrawAction(Random random, double discontent, double wealth, int plan)
    {
        double[] weights = [Math.Exp(discontent - 0.5), 1.5, Math.Exp(wealth - discontent - (0.7 * plan))];
        double sum = weights.Sum(), draw = random.NextDouble() * sum;
        int action = draw < weights[0] ? 0 : draw < weights[0] + weights[1] ? 1 : 2;
        return (Actions[action], [.. weights.Select(weight => weight / sum)]);
    }

    private static (string Value, double[] Truth) DrawSpend(Random random, double charge, double discontent, bool isFaithful, int region)
    {
        double mean = (12 * charge) + (90 * Math.Tanh(discontent)) + (25 * region), deviation = isFaithful ? 15 : 45 + (20 * Math.Abs(discontent));
        return ((mean + (deviation * Normal(random))).ToString("F2", CultureInfo.InvariantCulture), [mean, deviation]);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
