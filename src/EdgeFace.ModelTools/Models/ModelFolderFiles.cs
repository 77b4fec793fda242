using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>Writes the two files of a model's folder.</summary>
internal static class ModelFolderFiles
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="manifest">Complete; its <c>file</c> names the ONNX file.</param>
    public static void Write(string folder, byte[] model, JsonObject manifest)
    {
        OnnxFile.Write(model, Path.Combine(folder, (string)manifest["file"]!));
        OnnxFile.Write(System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString(Readable) + "\n"), Path.Combine(folder, ModelManifest.FileName));
    }

    public static void Write(string folder, byte[] model, ModelManifest manifest)
        => Write(folder, model, JsonSerializer.SerializeToNode(manifest, ManifestJson.Default.ModelManifest)!.AsObject());
}
