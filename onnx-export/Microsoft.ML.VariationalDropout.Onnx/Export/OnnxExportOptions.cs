namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>What <c>ExportToOnnx</c> and <c>ExportNetworkToOnnx</c> write.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>
    /// What the graph computes; <see langword="null"/>, the default, for what the transformer itself predicts with: posterior means as it
    /// was trained, <see cref="OnnxGraphKind.Moments"/> after <c>WithMomentPropagation()</c>, <see cref="OnnxGraphKind.FrozenSamples"/> with
    /// its number of samples and seed after <c>WithSampling()</c>.
    /// </summary>
    public OnnxGraphKind? GraphKind { get; init; }

    /// <summary>
    /// Draws of <see cref="OnnxGraphKind.FrozenSamples"/> and <see cref="OnnxGraphKind.Sampling"/>, in [1, 10000]; <see langword="null"/>, the
    /// default, for those of a transformer that samples, and 50 otherwise. The graph stores the noise of the former, and holds every row as many
    /// times at once. A transformer that samples more often is refused unless a number is given here. Refused with graphs that draw nothing.
    /// </summary>
    public int? NumberOfSamples { get; init; }

    /// <summary>
    /// Seed of the draws of <see cref="OnnxGraphKind.FrozenSamples"/>, those of <c>WithSampling(samples, seed)</c>; <see langword="null"/>, the
    /// default, for that of a transformer that samples, and 0 otherwise. Any number; refused with graphs of another kind.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>In which numbers the network calculates. Default <see cref="OnnxPrecision.Float32"/>; others are for <c>ExportNetworkToOnnx</c> alone.</summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>
    /// Version of ONNX's operators: [9, 12] for a pipeline, whose featurizers have forms of that time, [9, 17] for a network alone, and from
    /// 10 on with <see cref="OnnxPrecision.Int8Weights"/>; <see langword="null"/>, the default, for the last of these.
    /// </summary>
    public int? Opset { get; init; }

    /// <summary>
    /// Columns of the transformed data that become outputs; <see langword="null"/>, the default, for those that the last predictor and what
    /// follows it add, or, without a predictor, for all that the pipeline adds. Inputs that they do not depend on, as the label, are no
    /// inputs of the graph. An empty list, a name twice, and one that is no column of the transformed data, or of a network alone, are refused.
    /// </summary>
    public IReadOnlyList<string>? OutputColumns { get; init; }

    /// <summary>
    /// Names of the outputs by column; columns that it lacks, and all with <see langword="null"/>, the default, are named
    /// <c>&lt;column&gt;.output</c>, as ML.NET's own converter names them. Not empty, each once, none that of an input of the graph; a column that is no output is refused.
    /// </summary>
    public IReadOnlyDictionary<string, string>? OutputNames { get; init; }

    /// <summary>
    /// Whether hashes of texts are exported (<c>Hash</c>, <c>OneHotHashEncoding</c>), although ONNX hashes texts with blanks at an end or with other
    /// characters than ASCII differently: such a text falls into another slot than in ML.NET, so its row gets another score. Default
    /// <see langword="false"/>: they are refused; <c>MapValueToKey</c> and <c>OneHotEncoding</c> are exact for every text. Hashes of numbers and keys are exact.
    /// </summary>
    public bool AllowApproximateTextHashing { get; init; }

    /// <summary>
    /// Whether ONNX Runtime runs the graph on rows of the sample data and the results are compared with ML.NET's before anything is written.
    /// Default <see langword="true"/>. Draws that the runtime makes (<see cref="OnnxGraphKind.Sampling"/>) are only run:
    /// their shapes are compared, and that they are finite where ML.NET's are. A pipeline is verified on the first 64 rows, and refused where there are none.
    /// </summary>
    public bool Verify { get; init; } = true;

    /// <summary>
    /// How far a number may be off: |onnx − ml.net| ≤ tolerance × max(1, |ml.net|), of this library's regression on the target less its mean,
    /// divided by its standard deviation, both of the training set. Labels must be equal where the first class is ahead by more. In (0, 1];
    /// <see langword="null"/>, the default, for 1e-5, 1e-4 with <see cref="OnnxGraphKind.Moments"/>, 2e-3 with <see cref="OnnxPrecision.Float16"/> and 0.1 with <see cref="OnnxPrecision.Int8Weights"/>.
    /// </summary>
    public float? VerificationTolerance { get; init; }
}
