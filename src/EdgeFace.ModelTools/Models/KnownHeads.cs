using System.Text.Json.Nodes;
using EdgeFace.ModelTools.Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>Manifests for yardsticks that come without one, told by the names of their outputs.</summary>
internal static class KnownHeads
{
    private static readonly string[] YuNet =
        [.. from kind in new[] { "cls", "obj", "bbox", "kps" } from stride in new[] { 8, 16, 32 } select $"{kind}_{stride}"];

    /// <summary>Null when the outputs are those of no known model.</summary>
    public static JsonObject? Template(byte[] model, string path)
    {
        var outputs = OnnxFile.Parse(model, path).Graph.Output.Select(output => output.Name).Order(StringComparer.Ordinal);
        if (!outputs.SequenceEqual(YuNet.Order(StringComparer.Ordinal)))
            return null;
        // libfacedetection.train, YuNet-n: no normalisation; the file with free sizes is run at its training size unless told otherwise.
        return new JsonObject
        {
            ["name"] = "yunet-n",
            ["kind"] = "detector",
            ["version"] = "1",
            ["decoder"] = "yunet",
            ["input"] = new JsonObject { ["shape"] = InputShape(model, path), ["layout"] = "NCHW", ["colour"] = "bgr", ["mean"] = 0, ["scale"] = 1 },
            ["outputs"] = new JsonArray([.. YuNet.Select(name => (JsonNode)new JsonObject { ["name"] = name })]),
            ["thresholds"] = new JsonObject { ["score"] = 0.5, ["nms"] = 0.45 },
            ["licence"] = "Apache-2.0",
            ["source"] = new JsonObject { ["package"] = "libfacedetection.train", ["version"] = "YuNet-n", ["file"] = Path.GetFileName(path) },
            ["preparation"] = "none: the file as it is published",
        };
    }

    private static JsonArray InputShape(byte[] model, string path)
    {
        var shape = ModelProbe.Input(model, path).Shape;
        return new JsonArray(1, 3, shape[2] > 0 ? shape[2] : 640, shape[3] > 0 ? shape[3] : 640);
    }
}
