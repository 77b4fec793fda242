using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.TestKit;

namespace EdgeFace.Inference.Tests;

/// <summary>The shipped models, and copies of them to be broken.</summary>
internal static class TestModels
{
    /// <summary>The one whose figures an independent engine gives: the golden data name it.</summary>
    public const string Detector = "detector-rfb320";

    /// <summary>The one that runs at any size.</summary>
    public const string Slim = "detector-slim-int8";
    public const string Landmarks = "landmarks-68";
    public const string Embedder = "embedder-mobilefacenet";

    public static string Folder { get; } = Path.Combine(Repository.Root, "models");

    public static InferenceOptions Options { get; } = new();

    public static ModelPackage Load(string name) => ModelPackage.Load(Path.Combine(Folder, name));

    public static FaceModels LoadAll() => FaceModels.Load(new ModelOptions { Folder = Folder, Detector = Detector });

    /// <summary>A copy of a model's folder with a changed manifest.</summary>
    public static string Copy(string name, TemporaryFolder into, Action<JsonObject>? change = null)
    {
        var target = Directory.CreateDirectory(into.File(name)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, name)))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        var path = Path.Combine(target, ModelManifest.FileName);
        var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change?.Invoke(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        return target;
    }

    public static JsonElement Golden(string file)
        => JsonDocument.Parse(File.ReadAllBytes(Repository.Golden(Path.Combine("inference", file)))).RootElement;

    public static float[] Floats(this JsonElement golden, string property)
        => [.. golden.GetProperty(property).EnumerateArray().Select(value => value.GetSingle())];

    /// <summary>The generator of the golden data: bytes of a linear congruential generator.</summary>
    public static byte[] Noise(int count, uint seed)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (byte)(seed >> 24);
        }

        return bytes;
    }
}
