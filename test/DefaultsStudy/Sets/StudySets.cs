using static Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets.LearningTask;
using static Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets.SetRole;

namespace Microsoft.ML.Trainers.VariationalDropout.DefaultsStudy.Sets;

/// <summary>The sets: those that the defaults were chosen on, and those that were kept aside.</summary>
internal static class StudySets
{
    public static readonly IReadOnlyList<StudySet> All =
    [
        new UciSet("concrete", Choose),
        new UciSet("yacht", Choose),
        new UciSet("kin8nm", Choose),
        new UciSet("power-plant", Choose),
        new TableSet("tables/car_prices.csv", "Price", Regression, Choose),
        new TableSet("tables/ames.csv", "Sale_Price", Regression, Choose),
        new TableSet("tables/Wage.csv", "wage", Regression, Choose, "logwage"),
        new TableSet("tables/diamonds.csv", "price", Regression, Choose),
        new TableSet("tables/credit_data.csv", "Status", Classification, Choose),
        new TableSet("tables/hpc_data.csv", "class", Classification, Choose),
        new TableSet("tables/mlc_churn.csv", "churn", Classification, Choose),
        new TableSet("tables/OJ.csv", "Purchase", Classification, Choose),
        new TableSet("tabular/adult.txt.gz", "label(IsOver50K)", Classification, Choose),
        new TableSet("tables/car_prices.csv", "Price", Regression, Choose) { Name = "car_prices-300", TrainRows = 300 },
        new TableSet("tables/ames.csv", "Sale_Price", Regression, Choose) { Name = "ames-300", TrainRows = 300 },
        new TableSet("tables/Wage.csv", "wage", Regression, Choose, "logwage") { Name = "Wage-300", TrainRows = 300 },
        new TableSet("tables/diamonds.csv", "price", Regression, Choose) { Name = "diamonds-300", TrainRows = 300 },
        new TableSet("tables/Wage.csv", "wage", Regression, Choose, "logwage") { Name = "Wage-1000", TrainRows = 1000 },
        new TableSet("tables/diamonds.csv", "price", Regression, Choose) { Name = "diamonds-1000", TrainRows = 1000 },
        new TableSet("tables/credit_data.csv", "Status", Classification, Choose) { Name = "credit_data-300", TrainRows = 300 },
        new TableSet("tables/hpc_data.csv", "class", Classification, Choose) { Name = "hpc_data-300", TrainRows = 300 },
        new TableSet("tables/mlc_churn.csv", "churn", Classification, Choose) { Name = "mlc_churn-300", TrainRows = 300 },
        new TableSet("tables/OJ.csv", "Purchase", Classification, Choose) { Name = "OJ-300", TrainRows = 300 },
        new TableSet("tabular/adult.txt.gz", "label(IsOver50K)", Classification, Choose) { Name = "adult-300", TrainRows = 300 },

        new UciSet("bostonHousing", Confirm),
        new UciSet("energy", Confirm),
        new UciSet("wine-quality-red", Confirm),
        new UciSet("naval-propulsion-plant", Confirm),
        new UciSet("protein-tertiary-structure", Confirm),
        new TableSet("tables/biomass.csv", "HHV", Regression, Confirm, "sample", "dataset"),
        new TableSet("tables/Sacramento.csv", "price", Regression, Confirm),
        new TableSet("tables/hotel_rates.csv", "avg_price_per_room", Regression, Confirm, "arrival_date"),
        new GeneratedSet("made-regression-300", 300, 0, Confirm),
        new GeneratedSet("made-regression-300000", 300_000, 0, Confirm),
        new TableSet("tabular/breast-cancer-withheader.txt", "label", Classification, Confirm) { Name = "breast-cancer" },
        new TableSet("tabular/iris.txt", "Label", Classification, Confirm),
        new DigitSet(Confirm),
        new TableSet("tables/attrition.csv", "Attrition", Classification, Confirm),
        new TableSet("tables/cells.csv", "class", Classification, Confirm, "case"),
        new TableSet("tables/taxi.csv", "tip", Classification, Confirm),
        new TableSet("tables/two_class_dat.csv", "Class", Classification, Confirm),
        new TableSet("tables/penguins.csv", "species", Classification, Confirm),
        new TableSet("tables/ad_data.csv", "Class", Classification, Confirm),
        new TableSet("tables/lending_club.csv", "Class", Classification, Confirm),
        new TableSet("tables/leaf_id_flavia.csv", "species", Classification, Confirm),
        new TableSet("tables/Caravan.csv", "Purchase", Classification, Confirm),
        new GeneratedSet("made-2-classes-300", 300, 2, Confirm),
        new GeneratedSet("made-2-classes-300000", 300_000, 2, Confirm),
        new GeneratedSet("made-10-classes-300", 300, 10, Confirm),
        new GeneratedSet("made-10-classes-300000", 300_000, 10, Confirm),
    ];
}
