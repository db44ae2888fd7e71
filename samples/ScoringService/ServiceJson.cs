using System.Text.Json.Serialization;
using ScoringService.Hosting;
using ScoringService.Load;
using ScoringService.Model;
using ScoringService.Requests;

namespace ScoringService;

/// <summary>Code for JSON that the compiler writes: nothing is looked up by reflection while the service runs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NewLine = "\n")]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(ModelChange))]
[JsonSerializable(typeof(ModelInfo))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(HealthInfo))]
[JsonSerializable(typeof(MemoryInfo))]
[JsonSerializable(typeof(ScoreAnswer))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(LoadFigures))]
internal sealed partial class ServiceJson : JsonSerializerContext;
