using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

// Usage: LoadInFreshProcess MODEL ROWS: prints, for each row of the tab-separated file, the bits of every score column.
var mlContext = new MLContext();
ITransformer model = mlContext.Model.Load(args[0], out _);
TextLoader loader = mlContext.Data.CreateTextLoader(
[
    new TextLoader.Column("A", DataKind.Single, 0),
    new TextLoader.Column("B", DataKind.Single, 1),
    new TextLoader.Column("C", DataKind.Single, 2),
    new TextLoader.Column("D", DataKind.Single, 3),
]);
IDataView scored = model.Transform(loader.Load(args[1]));

string[][] columns =
[
    .. scored.Schema.Where(column => !column.IsHidden && (column.Name.StartsWith("Score", StringComparison.Ordinal) || column.Name.StartsWith("PredictionSet", StringComparison.Ordinal)))
        .OrderBy(column => column.Name, StringComparer.Ordinal).Select(Read),
];
for (int row = 0; row < columns[0].Length; row++)
    Console.WriteLine(string.Join(' ', columns.Select(column => column[row])));

string[] Read(DataViewSchema.Column column) => column.Type switch
{
    VectorDataViewType { ItemType: BooleanDataViewType } => [.. scored.GetColumn<bool[]>(column).Select(values => string.Join(' ', values))],
    VectorDataViewType => [.. scored.GetColumn<float[]>(column).Select(values => string.Join(' ', values.Select(Bits)))],
    _ when column.Type == NumberDataViewType.Int32 => [.. scored.GetColumn<int>(column).Select(value => value.ToString(CultureInfo.InvariantCulture))],
    _ => [.. scored.GetColumn<float>(column).Select(Bits)],
};

static string Bits(float value) => BitConverter.SingleToUInt32Bits(value).ToString("X8", CultureInfo.InvariantCulture);
