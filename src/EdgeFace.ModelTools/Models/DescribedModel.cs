using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Onnx;

namespace EdgeFace.ModelTools.Models;

/// <summary>A model under test with its manifest.</summary>
/// <param name="Path">As it was named.</param>
/// <param name="Bytes">The ONNX file.</param>
internal sealed record DescribedModel(string Path, byte[] Bytes, ModelManifest Manifest)
{
    private const int ShortHash = 12;

    /// <summary>As <see cref="ModelPackage.Id"/>.</summary>
    public string Id => $"{Manifest.Name}@{Manifest.Sha256[..ShortHash]}";

    /// <param name="path">A model's folder, or an ONNX file.</param>
    /// <param name="manifest">For an ONNX file: its manifest or template; else <c>manifest.json</c> beside it; else one of its own
    /// making for heads that are known by their outputs.</param>
    /// <exception cref="InputException">There is no such model, or it cannot be used.</exception>
    public static DescribedModel Load(string path, string? manifest)
        => TryLoad(path, manifest) ?? throw new InputException($"{path}: has no manifest: name one with --manifest, or put {ModelManifest.FileName} beside it.");

    /// <summary>As <see cref="Load"/>; null for an ONNX file that has no manifest anywhere and is not known.</summary>
    public static DescribedModel? TryLoad(string path, string? manifest = null)
    {
        if (Directory.Exists(path))
        {
            if (manifest is not null)
                throw new InputException($"{path}: is a model's folder, which has its own manifest; --manifest goes with an ONNX file.");
            var package = ModelPackage.Load(path);
            return new DescribedModel(path, package.ReadVerified(), package.Manifest);
        }

        var bytes = OnnxFile.ReadBytes(path);
        OnnxFile.Parse(bytes, path);
        var beside = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!, ModelManifest.FileName);
        manifest ??= File.Exists(beside) ? beside : null;
        var template = manifest is null ? KnownHeads.Template(bytes, path) : ManifestTemplate.Read(manifest);
        return template is null ? null : FromTemplate(path, bytes, template, manifest ?? path);
    }

    private static DescribedModel FromTemplate(string path, byte[] bytes, JsonObject template, string templatePath)
    {
        bytes = ModelAtSize.FreeIfAllowed(template, bytes, path);
        ManifestTemplate.Complete(template, bytes, path, System.IO.Path.GetFileName(path));
        using var folder = new ScratchFolder();
        ModelFolderFiles.Write(folder.Path, bytes, template);
        try
        {
            return new DescribedModel(path, bytes, ModelPackage.Load(folder.Path).Manifest);
        }
        catch (InputException error)
        {
            // The user knows nothing of the scratch folder.
            throw new InputException(error.Message.Replace(System.IO.Path.Combine(folder.Path, ModelManifest.FileName), templatePath, StringComparison.Ordinal), error);
        }
    }
}
