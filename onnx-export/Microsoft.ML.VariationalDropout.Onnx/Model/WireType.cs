namespace Microsoft.ML.Trainers.VariationalDropout.Onnx;

/// <summary>How a field stands in protocol buffers.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}
