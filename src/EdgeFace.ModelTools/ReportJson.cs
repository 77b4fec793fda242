using System.Text.Json.Serialization;
using EdgeFace.ModelTools.Comparing;
using EdgeFace.ModelTools.Cost;
using EdgeFace.ModelTools.Evaluation;
using EdgeFace.ModelTools.Folding;
using EdgeFace.ModelTools.Packaging;
using EdgeFace.ModelTools.Quantization;

namespace EdgeFace.ModelTools;

/// <summary>JSON of the reports that commands print.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CompareReport))]
[JsonSerializable(typeof(CostReport))]
[JsonSerializable(typeof(DetectorReport))]
[JsonSerializable(typeof(FoldReport))]
[JsonSerializable(typeof(PackageReport))]
[JsonSerializable(typeof(QuantizeReport))]
[JsonSerializable(typeof(RecogniserReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
