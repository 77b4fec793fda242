using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>Writes the two files of a model's folder.</summary>
internal static partial class ModelFolderFiles
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Order =
    [
        "name", "kind", "version", "file", "sha256", "decoder", "input", "outputs", "thresholds", "crop", "alignment", "licence", "source", "preparation", "trainingCommit",
    ];

    /// <param name="manifest">Complete; its <c>file</c> names the ONNX file.</param>
    public static void Write(string folder, byte[] model, JsonObject manifest)
    {
        OnnxFile.Write(model, Path.Combine(folder, (string)manifest["file"]!));
        var text = NumberList().Replace(InOrder(manifest).ToJsonString(Readable), list => Gap().Replace(list.Value, " ").Replace("[ ", "[").Replace(" ]", "]"));
        OnnxFile.Write(System.Text.Encoding.UTF8.GetBytes(text + "\n"), Path.Combine(folder, ModelManifest.FileName));
    }

    public static void Write(string folder, byte[] model, ModelManifest manifest)
        => Write(folder, model, JsonSerializer.SerializeToNode(manifest, ManifestJson.Default.ModelManifest)!.AsObject());

    /// <summary>As the shipped manifests read: what a model is before what it is made of.</summary>
    private static JsonObject InOrder(JsonObject manifest)
    {
        var known = Order.Where(manifest.ContainsKey);
        var others = manifest.Select(entry => entry.Key).Where(key => !Order.Contains(key));
        return new JsonObject(known.Concat(others).Where(key => manifest[key] is not null).Select(key => KeyValuePair.Create(key, (JsonNode?)manifest[key]!.DeepClone())));
    }

    [GeneratedRegex(@"\[[-+.eE0-9,\s]+\]")]
    private static partial Regex NumberList();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Gap();
}
