using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeFace.TestKit;

namespace EdgeFace.Inference.Tests;

/// <summary>YuNet-n as a package of any input size; its file is not part of the repository.</summary>
internal static class YuNet
{
    private static readonly (string Kind, int Channels)[] Kinds = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)];

    public static ModelPackage Package(TemporaryFolder into, int width, int height, Action<JsonObject>? change = null)
    {
        var folder = Directory.CreateDirectory(into.File($"yunet-{width}x{height}")).FullName;
        var bytes = File.ReadAllBytes(SharedData.Path("reference/yunet/yunet_n_dynamic.onnx")!);
        File.WriteAllBytes(Path.Combine(folder, "yunet.onnx"), bytes);
        var manifest = Manifest(width, height);
        manifest["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        change?.Invoke(manifest);
        File.WriteAllText(Path.Combine(folder, ModelManifest.FileName), manifest.ToJsonString());
        return ModelPackage.Load(folder);
    }

    public static JsonObject Manifest(int width, int height) => new()
    {
        ["name"] = "yunet",
        ["kind"] = "detector",
        ["version"] = "1",
        ["file"] = "yunet.onnx",
        ["decoder"] = "yunet",
        ["input"] = new JsonObject
        {
            ["name"] = "input", ["shape"] = new JsonArray(1, 3, height, width), ["layout"] = "NCHW", ["colour"] = "bgr", ["mean"] = 0, ["scale"] = 1,
        },
        ["outputs"] = new JsonArray([.. from kind in Kinds
                                        from stride in new[] { 8, 16, 32 }
                                        select (JsonNode)new JsonObject
                                        {
                                            ["name"] = $"{kind.Kind}_{stride}",
                                            ["shape"] = new JsonArray(1, width / stride * (height / stride), kind.Channels),
                                        }]),
        ["thresholds"] = new JsonObject { ["score"] = 0.5, ["nms"] = 0.45 },
        ["licence"] = "Apache-2.0",
        ["source"] = new JsonObject { ["package"] = "libfacedetection.train", ["version"] = "n", ["file"] = "yunet.onnx", ["sha256"] = "" },
        ["preparation"] = "none",
    };
}
