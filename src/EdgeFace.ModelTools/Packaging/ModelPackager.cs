using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Models;
using EdgeFace.ModelTools.Onnx;

namespace EdgeFace.ModelTools.Packaging;

/// <summary>What goes into the manifest in place of the template's values; null leaves them.</summary>
/// <param name="Input">Width and height.</param>
/// <param name="SizeMultiple">The file is to leave its sides free, any multiples of this.</param>
internal sealed record PackageValues(
    string? Version, string? Licence, string? TrainingCommit, (int Width, int Height)? Input, int? SizeMultiple, double? Score, double? Nms);

/// <summary>What was packaged.</summary>
internal sealed record PackageReport(string Folder, string Id, string File, long Bytes, string Sha256, IReadOnlyList<int> Input, IReadOnlyList<string> Outputs);

/// <summary>
/// Makes a model's folder as the agent loads it: the ONNX file and a manifest that vouches for it. The folder is made aside,
/// loaded and run once, and only then renamed: a model that the agent would refuse never stands in its place.
/// </summary>
internal static class ModelPackager
{
    /// <param name="replace">Whether an existing model's folder may be replaced; its other files (its card) stay.</param>
    /// <exception cref="InputException">The model or the template cannot be used, or the folder cannot be written.</exception>
    public static PackageReport Make(string onnx, string folder, string template, PackageValues values, bool replace)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        CheckTarget(target, replace);
        var bytes = OnnxFile.ReadBytes(onnx);
        OnnxFile.Parse(bytes, onnx);
        var manifest = ManifestTemplate.Read(template);
        var name = Path.GetFileName(target);
        manifest["name"] = name;
        Apply(values, manifest, template);
        bytes = ModelAtSize.FreeIfAllowed(manifest, bytes, onnx);
        ManifestTemplate.Complete(manifest, bytes, onnx, name + ".onnx");

        var aside = AsideOf(target);
        try
        {
            Directory.CreateDirectory(aside);
            ModelFolderFiles.Write(aside, bytes, manifest);
            var package = Verified(aside, template);
            PackageFolder.PutInPlace(aside, target);
            return new PackageReport(
                folder, package.Id, package.Manifest.File, bytes.Length, package.Manifest.Sha256, package.Manifest.Input.Shape,
                [.. package.Manifest.Outputs.Select(output => $"{output.Name} [{string.Join(", ", output.Shape)}]")]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: cannot be written ({error.Message}).", error);
        }
        finally
        {
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
        }
    }

    private static void CheckTarget(string target, bool replace)
    {
        if (File.Exists(target))
            throw new InputException($"{target}: is a file; name a folder.");
        if (Path.GetDirectoryName(target) is not { } parent || !Directory.Exists(parent))
            throw new InputException($"{target}: its parent folder does not exist; make it first.");
        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
            return;
        if (!File.Exists(Path.Combine(target, ModelManifest.FileName)) && Directory.EnumerateFileSystemEntries(target).Any(entry => Path.GetExtension(entry) != ".md"))
            throw new InputException($"{target}: holds other things than a model; name another folder.");
        if (!replace)
            throw new InputException($"{target}: exists already; say --replace to put this model in its place.");
    }

    private static string AsideOf(string target)
        => Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}.part");

    private static void Apply(PackageValues values, JsonObject manifest, string template)
    {
        if (values.Version is { } version)
            manifest["version"] = version;
        if (values.Licence is { } licence)
            manifest["licence"] = licence;
        if (values.TrainingCommit is { } commit)
            manifest["trainingCommit"] = commit;
        if (values.Input is var (width, height))
            Child(manifest, "input", template)["shape"] = new JsonArray(1, (string?)Child(manifest, "input", template)["colour"] == "gray" ? 1 : 3, height, width);
        if (values.SizeMultiple is { } multiple)
            Child(manifest, "input", template)["sizeMultiple"] = multiple;
        if (values.Score is { } score)
            Child(manifest, "thresholds", template)["score"] = score;
        if (values.Nms is { } nms)
            Child(manifest, "thresholds", template)["nms"] = nms;
    }

    private static JsonObject Child(JsonObject manifest, string name, string template) => manifest[name] switch
    {
        null => (JsonObject)(manifest[name] = new JsonObject()),
        JsonObject child => child,
        _ => throw new InputException($"{template}: {name} must be an object."),
    };

    private static ModelPackage Verified(string aside, string template)
    {
        try
        {
            var package = ModelPackage.Load(aside);
            PackageTrial.Run(package);
            return package;
        }
        catch (InputException error)
        {
            // The folder aside is gone when the message is read.
            var message = error.Message.Replace(Path.Combine(aside, ModelManifest.FileName), template, StringComparison.Ordinal).Replace(aside, template, StringComparison.Ordinal);
            throw new InputException(message, error);
        }
    }
}
