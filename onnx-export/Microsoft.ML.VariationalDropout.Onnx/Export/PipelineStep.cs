using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>One data view of a transformed pipeline.</summary>
/// <param name="View">The data view; its source is the step before.</param>
/// <param name="Part">The transformer that it comes from.</param>
/// <param name="Network">The transformer, if it is one of this library's.</param>
/// <param name="Name">What a user would call it.</param>
internal sealed record PipelineStep(IDataTransform View, ITransformer Part, NetworkTransformer? Network, string Name)
{
    /// <summary>Names of the columns that the step makes, anew or in place of one of the same name.</summary>
    public IEnumerable<string> AddedColumns
    {
        get
        {
            Dictionary<string, int> before = CountByName(View.Source.Schema);
            return CountByName(View.Schema).Where(pair => pair.Value > before.GetValueOrDefault(pair.Key)).Select(pair => pair.Key);
        }
    }

    public bool IsPredictor => View is IDataScorerTransform;

    /// <summary>The transformer that made the data view itself, which may be one that <see cref="Part"/> consists of.</summary>
    public ITransformer Maker => MakerOf(View) ?? Part;

    /// <summary>The transformers of a chain and of the chains in it.</summary>
    public static IEnumerable<ITransformer> Expand(ITransformer transformer)
        => transformer is ITransformerChainAccessor chain ? chain.Transformers.SelectMany(Expand) : [transformer];

    /// <summary>Applies transformers to data, one after the other, and takes apart what each of them made of it.</summary>
    /// <param name="parts">The transformers; the last one of this library predicts in the mode that the settings ask for.</param>
    /// <param name="data">The data.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="end">The transformed data.</param>
    /// <exception cref="ArgumentException">The data lacks a column that a transformer reads, or has it of another type.</exception>
    /// <exception cref="NotSupportedException">A transformer makes a data view that hides what it stands on.</exception>
    public static List<PipelineStep> Apply(IEnumerable<ITransformer> parts, IDataView data, ExportSettings settings, out IDataView end)
    {
        var steps = new List<PipelineStep>();
        end = data;
        ITransformer[] all = [.. parts];
        int last = Array.FindLastIndex(all, NetworkTransformer.Is);
        for (int i = 0; i < all.Length; i++)
        {
            // The steps after an earlier network were trained on what it gives in its own mode.
            ITransformer given = all[i];
            NetworkTransformer? network = NetworkTransformer.Find(given, i == last ? settings : settings.WithoutGraph);
            ITransformer part = network?.Transformer ?? given;
            IDataView start = end;
            end = Transform(part, start);
            var views = new Stack<IDataTransform>();
            for (IDataView view = end; view != start; view = views.Peek().Source)
            {
                views.Push(view as IDataTransform ?? throw new NotSupportedException(
                    $"The pipeline cannot be exported to ONNX: {NameOf(part.GetType())} makes a data view of its own, {view.GetType()}, whose work ML.NET does not know."));
            }

            steps.AddRange(views.Select(view => new PipelineStep(view, part, network, NameOf(view, part))));
        }

        return steps;
    }

    /// <summary>A type's name as it stands in sources, without type arguments; that of the outer type where the own one says nothing.</summary>
    public static string NameOf(Type type)
        => type is { IsNested: true, Name: "Transformer" or "Mapper" } ? NameOf(type.DeclaringType!) : type.Name.Split('`')[0];

    private static IDataView Transform(ITransformer part, IDataView data)
    {
        try
        {
            return part.Transform(data);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // ML.NET's exception for a schema that does not fit, which names the column and not who asks for it. Often it is the label.
            throw new ArgumentException(
                $"{NameOf(part.GetType())} cannot read the data: {exception.Message}. The data must have all columns that the steps of the pipeline read, also one that only training needs, as the label: the graph will not have it as an input.",
                exception);
        }
    }

    private static ITransformer? MakerOf(IDataTransform view) => (view as RowToRowMapperTransform)?.GetTransformer();

    private static string NameOf(IDataTransform view, ITransformer part)
    {
        string whole = NameOf(part.GetType());
        string step = MakerOf(view) is ITransformer maker ? NameOf(maker.GetType()) : whole;
        return step == whole ? whole : $"{step}, a step of {whole}";
    }

    private static Dictionary<string, int> CountByName(DataViewSchema schema)
        => schema.GroupBy(column => column.Name).ToDictionary(group => group.Key, group => group.Count());
}
