using System.Security.Cryptography;
using EdgeFace.Core;

namespace EdgeFace.Inference;

/// <summary>
/// A model's folder: its manifest and the ONNX file that the manifest vouches for. The file's hash is checked when the
/// package is loaded and once more when a session is made of it; the shapes when the session exists.
/// </summary>
public sealed class ModelPackage
{
    private const int ShortHash = 12;

    private ModelPackage(string folder, ModelManifest manifest)
    {
        Folder = folder;
        Manifest = manifest;
        Id = $"{manifest.Name}@{manifest.Sha256[..ShortHash]}";
    }

    public string Folder { get; }

    public ModelManifest Manifest { get; }

    /// <summary>Name and the first 12 hex digits of the file's SHA-256, as in <c>embedder-mobilefacenet@0123456789ab</c>.</summary>
    public string Id { get; }

    /// <summary>The ONNX file.</summary>
    public string FilePath => Path.Combine(Folder, Manifest.File);

    /// <summary>Reads the manifest and checks that the file is the one it means.</summary>
    /// <exception cref="InputException">The folder, the manifest or the file is missing; the manifest is malformed or of an
    /// unknown kind; the file's hash is another.</exception>
    public static ModelPackage Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: there is no such model folder.");
        var package = new ModelPackage(folder, ManifestReader.Read(Path.Combine(folder, ModelManifest.FileName)));
        package.ReadVerified();
        return package;
    }

    /// <summary>As <see cref="Load"/>, for a purpose that only one kind of model serves.</summary>
    internal ModelPackage Require(ModelKind kind)
        => Manifest.Kind == kind ? this : throw new InputException($"{Folder}: is a model of kind {Name(Manifest.Kind)}, but a {Name(kind)} model is wanted here.");

    /// <summary>The same detector with another input.</summary>
    /// <exception cref="InputException">It has one size only, or not this one.</exception>
    internal ModelPackage At(InputSize size)
    {
        var input = Manifest.Input;
        if ((size.Width, size.Height) == (input.Width, input.Height))
            return this;
        if (input.SizeMultiple is not { } multiple)
            throw new InputException($"{Folder}: has one input size only, {input.Width}x{input.Height}: leave models.detector_input out, or choose another models.detector.");
        if (size.Width % multiple != 0 || size.Height % multiple != 0)
            throw new InputException($"{Folder}: takes inputs whose sides are multiples of {multiple}, not {size} (models.detector_input).");
        return new ModelPackage(Folder, Manifest with { Input = input.At(size.Width, size.Height), Outputs = AnchorFreeHead.OutputsAt(this, size) });
    }

    /// <summary>The bytes of the ONNX file, as the manifest vouches for them.</summary>
    internal byte[] ReadVerified()
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(FilePath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{FilePath}: the model's file is missing or cannot be read; install the model's folder anew.", error);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (hash != Manifest.Sha256)
        {
            throw new InputException(
                $"{FilePath}: SHA-256 is {hash[..ShortHash]}..., but the manifest says {Manifest.Sha256[..ShortHash]}...; the file is damaged or of another version.");
        }

        return bytes;
    }

    private static string Name(ModelKind kind) => kind switch
    {
        ModelKind.Detector => "detector",
        ModelKind.Landmarks => "landmarks",
        _ => "embedder",
    };
}
