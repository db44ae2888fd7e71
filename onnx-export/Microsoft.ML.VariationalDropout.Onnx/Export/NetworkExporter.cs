using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Trainers.VariationalDropout.Network;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>Writes one network: features in, the columns of its transformer out.</summary>
internal static class NetworkExporter
{
    private const int VerificationRows = 16;

    /// <summary>Standard deviations from the mean, at most: so that ordinary features fit 16 bits.</summary>
    private const float WidestSpread = 8;

    public static ExportedGraph Export(NetworkTransformer transformer, ExportSettings settings)
    {
        var environment = new MLContext();
        IDataView data = CreateRows(environment, transformer);
        List<PipelineStep> steps = PipelineStep.Apply([transformer.Transformer], data, settings, out IDataView scored);
        string[]? classNames = ModelMetadata.ReadTextClassNames(scored.Schema);
        IDataView end = scored;
        if (classNames is not null)
            steps.AddRange(PipelineStep.Apply([new KeyToValueMappingTransformer(environment, DefaultColumnNames.PredictedLabel)], scored, settings, out end));

        var context = new OnnxModelContext(settings.Opset);
        context.AddInput(data.Schema[transformer.FeatureColumnName].Type, transformer.FeatureColumnName);
        string[] columns = [.. steps[0].AddedColumns];
        List<string> chosen = Choose(columns, settings);
        settings.CheckOutputs(chosen);
        settings.CheckInputs(chosen, [transformer.FeatureColumnName]);
        foreach (string column in chosen)
            context.ReserveVariable(settings.NameOf(column));

        NetworkOutputs outputs = transformer.Emit(context);
        foreach (string column in chosen)
        {
            NetworkOutput output = outputs[column];
            bool hasNames = classNames is not null && column == DefaultColumnNames.PredictedLabel;
            string variable = hasNames ? EmitClassNames(context, output.Variable, classNames!) : output.Variable;
            context.AddOutput(hasNames ? TextDataViewType.Instance : output.Type, variable, settings.NameOf(column));
        }

        GraphPruner.Prune(context.Graph);
        EarlyForms.Apply(context.Graph, settings.Opset);
        Precisions.Apply(context.Graph, settings.Precision);
        ModelProto model = context.CreateModel();
        ExportedColumn[] written = [.. chosen.Select(column => new ExportedColumn(column, settings.NameOf(column)))];
        ModelMetadata.Describe(model, steps[0], settings, written, scored.Schema);
        return new ExportedGraph(model, written, data, end, steps);
    }

    private static List<string> Choose(string[] columns, ExportSettings settings)
    {
        if (settings.OutputColumns?.FirstOrDefault(column => !columns.Contains(column)) is string unknown)
            throw ExportSettings.Invalid(nameof(OnnxExportOptions.OutputColumns), $"has '{unknown}', which is none of the columns of the network: {ExportSettings.List(columns)}");
        return [.. settings.OutputColumns ?? columns];
    }

    /// <summary>The name of each row's class: a key counts from 1, and 0, a missing one, has the name of a missing text.</summary>
    private static string EmitClassNames(OnnxModelContext context, string keys, string[] classNames)
    {
        string names = context.AddInitializer(["", .. classNames], [classNames.Length + 1], "ClassNames");
        string indices = context.MakeVariable("ClassIndices");
        context.CreateNode("Cast", [keys], [indices], context.GetNodeName("Cast"), "").AddAttribute("to", typeof(long));
        string labels = context.MakeVariable("ClassLabels");
        OnnxNode gather = context.CreateNode("Gather", [names, indices], [labels], context.GetNodeName("Gather"), "");
        gather.AddAttribute("axis", 0L);
        return labels;
    }

    /// <summary>
    /// Rows to verify with: the means of the training features, and rows that spread around them evenly, so far that outliers are among them where the
    /// network compresses those; around 0 where it does not standardise, and so does not know where its features lay.
    /// </summary>
    private static IDataView CreateRows(MLContext environment, NetworkTransformer transformer)
    {
        TrainedNetwork network = transformer.Model.Network;
        int features = network.FeatureCount;
        var rows = new VBuffer<float>[VerificationRows];
        float width = Math.Clamp(2 * (network.Scaling?.OutlierThreshold ?? 0), 2, WidestSpread);
        for (int row = 0; row < rows.Length; row++)
        {
            float[] values = new float[features];
            for (int i = 0; i < features; i++)
                values[i] = width * Spread(row, i);
            if (network.Scaling is FeatureScaling scaling)
            {
                // Of a feature that is cut into bins the first input counts, which goes over the others: it is the feature itself, unless that was pruned.
                float[] spread = [.. values];
                for (int input = scaling.Means.Length - 1; input >= 0; input--)
                {
                    int feature = network.InputFeatures?[input] ?? input;
                    float deviation = scaling.Scales[input] > 0 ? 1 / scaling.Scales[input] : 0;
                    values[feature] = scaling.Means[input] + (spread[feature] * deviation);
                }
            }

            rows[row] = new VBuffer<float>(features, values);
        }

        var builder = new ArrayDataViewBuilder(environment);
        builder.AddColumn(transformer.FeatureColumnName, NumberDataViewType.Single, rows);
        return builder.GetDataView();
    }

    /// <summary>Multiples of the golden ratio, without their whole parts, in (−1, 1); the first row is 0.</summary>
    private static float Spread(int row, int feature)
    {
        double turns = row * (feature + 1) * ((Math.Sqrt(5) - 1) / 2);
        return row == 0 ? 0 : (float)((2 * (turns - Math.Floor(turns))) - 1);
    }
}
