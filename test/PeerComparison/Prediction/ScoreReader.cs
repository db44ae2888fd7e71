using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.PeerComparison.Prediction;

/// <summary>Reads the scores of a transformed data view, row by row, as whoever wants them must.</summary>
internal static class ScoreReader
{
    /// <summary>The sum of the first score of every row.</summary>
    public static double Sum(ITransformer transformer, IDataView data)
    {
        IDataView scored = transformer.Transform(data);
        DataViewSchema.Column column = scored.Schema["Score"];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> scores = default;
        double sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref scores);
            sum += scores.GetItemOrDefault(0);
        }

        return sum;
    }
}
