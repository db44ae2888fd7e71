namespace ScoringService.DefaultModel;

/// <summary>Makes customers up. Some of them nobody has seen: nobody over 70, and no expensive contract for two years, so that a model can be ignorant.</summary>
internal static class CustomerGenerator
{
    public const int OldestAge = 70;

    public static readonly string[] Contracts = ["month to month", "one year", "two years"];

    public static readonly string[] Payments = ["card", "transfer", "cheque"];

    public static IEnumerable<Customer> Make(int count, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            int contract = random.Next(Contracts.Length);
            float charge = MathF.Round(15 + (105 * random.NextSingle()), 2);
            if (contract == 2)
                charge = MathF.Min(charge, 80);
            var customer = new Customer
            {
                TenureMonths = MathF.Floor(73 * random.NextSingle() * random.NextSingle()),
                MonthlyCharge = charge,
                SupportCalls = MathF.Floor(9 * random.NextSingle() * random.NextSingle()),
                Age = 18 + random.Next(OldestAge - 18 + 1),
                Contract = Contracts[contract],
                Payment = Payments[random.Next(Payments.Length)],
                HasFamilyPlan = random.Next(2) == 0,
            };
            yield return customer with { Left = random.NextSingle() < ChanceToLeave(customer) };
        }
    }

    /// <summary>Calls drive people away, more so those who pay much; contracts, time and family hold them.</summary>
    public static float ChanceToLeave(Customer customer)
    {
        float logit = 0.3f
            + (0.45f * customer.SupportCalls)
            + (0.025f * (customer.MonthlyCharge - 60))
            + (customer.SupportCalls > 3 && customer.MonthlyCharge > 80 ? 1.5f : 0)
            - (0.06f * customer.TenureMonths)
            - (1.4f * Array.IndexOf(Contracts, customer.Contract))
            - (customer.HasFamilyPlan ? 0.8f : 0)
            + (customer.Payment == "cheque" ? 0.6f : 0)
            - (0.01f * (customer.Age - 40));
        return 1 / (1 + MathF.Exp(-2 * logit));
    }
}
