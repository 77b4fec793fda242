using System.Text.Json.Nodes;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using EdgeFace.ModelTools.Models;
using EdgeFace.TestKit;

namespace EdgeFace.ModelTools.Tests.Evaluation;

public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Models => Path.Combine(Repository.Root, "models");

    private static string Rfb => Path.Combine(Models, "detector-rfb320", "detector-rfb320.onnx");

    private string Target => _folder.File("detector-new");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_packaged_model_is_loaded_by_the_product()
    {
        var (code, output, error) = Cli.Run(
            "package", Rfb, Target, "--template", Template(), "--version", "7", "--training-commit", "0123abc", "--score", "0.6", "--nms", "0.3", "--licence", "Apache-2.0");
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith($"{Target}: detector-new@6c0256ccd316, ", output, StringComparison.Ordinal);
        var package = ModelPackage.Load(Target);
        var manifest = package.Manifest;
        Assert.Equal(("detector-new", "7", "0123abc", "Apache-2.0"), (manifest.Name, manifest.Version, manifest.TrainingCommit, manifest.Licence));
        Assert.Equal((0.6f, 0.3f), (manifest.Thresholds.Score, manifest.Thresholds.Nms));
        Assert.Equal([1, 3, 240, 320], manifest.Input.Shape);
        Assert.Equal([1, 4420, 4], manifest.Outputs[1].Shape);
        using var detector = new FaceDetector(package, new InferenceOptions());
        // A new frame holds whatever the memory held.
        var grey = new Frame(32, 32, PixelFormat.Bgr24);
        grey.Pixels.AsSpan().Fill(127);
        Assert.Equal(0, detector.Detect(grey, new FaceDetection[1]));
        Assert.Equal([Target, Template()], Directory.EnumerateFileSystemEntries(_folder.Path).Order());
    }

    [Theory]
    [InlineData("landmarks-68")]
    [InlineData("embedder-mobilefacenet")]
    public void Every_kind_of_model_is_packaged(string name)
    {
        var template = Template(name);
        var (code, _, error) = Cli.Run("package", Path.Combine(Models, name, name + ".onnx"), _folder.File(name), "--template", template, "--json");
        Assert.Equal((0, ""), (code, error));
        var (shipped, made) = (ModelPackage.Load(Path.Combine(Models, name)).Manifest, ModelPackage.Load(_folder.File(name)).Manifest);
        Assert.Equal(shipped.Sha256, made.Sha256);
        Assert.Equal(shipped.Input.Shape, made.Input.Shape);
        Assert.Equal(shipped.Outputs[0].Shape, made.Outputs[0].Shape);
    }

    [Fact]
    public void A_model_is_replaced_only_when_asked_and_its_card_stays()
    {
        Assert.Equal(0, Cli.Run("package", Rfb, Target, "--template", Template(), "--version", "1").Code);
        File.WriteAllText(Path.Combine(Target, "README.md"), "card");
        Refused($"{Target}: exists already; say --replace to put this model in its place.", Rfb, Target, "--template", Template());
        Assert.Equal(0, Cli.Run("package", Rfb, Target, "--template", Template(), "--version", "2", "--replace").Code);
        Assert.Equal("2", ModelPackage.Load(Target).Manifest.Version);
        Assert.Equal("card", File.ReadAllText(Path.Combine(Target, "README.md")));
        Assert.Equal([Target, Template()], Directory.EnumerateFileSystemEntries(_folder.Path).Order());
    }

    [Fact]
    public void A_file_made_for_one_size_is_packaged_with_free_sizes_and_a_default()
    {
        var slim = Path.Combine(Models, "detector-slim-int8");
        var shipped = DescribedModel.Load(slim, manifest: null);
        var own = shipped.Manifest.Input;
        File.WriteAllBytes(_folder.File("fixed.onnx"), ModelAtSize.Make(shipped, own.Width + 32, own.Height + 32).Bytes);
        var template = Template("detector-slim-int8");
        var (code, _, error) = Cli.Run("package", _folder.File("fixed.onnx"), Target, "--template", template, "--size-multiple", "32", "--input", "384x288");
        Assert.Equal((0, ""), (code, error));
        var made = ModelPackage.Load(Target);
        // The same bytes as the shipped file: its weights, and nothing of the size that it was made for.
        Assert.Equal(shipped.Manifest.Sha256, made.Manifest.Sha256);
        Assert.Equal((384, 288, 32), (made.Manifest.Input.Width, made.Manifest.Input.Height, made.Manifest.Input.SizeMultiple));
        Assert.Equal([1, 36 * 48, 16], made.Manifest.Outputs[0].Shape);
    }

    [Fact]
    public void A_detector_with_anchors_is_not_packaged_with_free_sizes()
        => Refused($"{Template()}: input.sizeMultiple is for detectors of the decoder yunet.", Rfb, Target, "--template", Template(), "--size-multiple", "32", "--input", "320x240");

    [Fact]
    public void A_default_that_is_no_such_multiple_is_said()
    {
        var slim = Path.Combine(Models, "detector-slim-int8", "detector-slim-int8.onnx");
        Refused(
            $"{Template("detector-slim-int8")}: input.shape [1, 320, 416, 3] must hold multiples of input.sizeMultiple, 64.",
            slim, Target, "--template", Template(), "--size-multiple", "64", "--input", "416x320");
        Refused("--size-multiple must be a whole number from 1 to 4096, not '0'. (see --help)", slim, Target, "--template", Template(), "--size-multiple", "0");
    }

    [Fact]
    public void What_the_product_would_refuse_is_not_packaged()
    {
        Refused($"{Template(change: manifest => manifest["decoder"] = "scrfd")}: decoder 'scrfd' is unknown; known are rfb, yunet.", Rfb, Target, "--template", Template());
        Refused(
            $"{Template(change: manifest => manifest["decoder"] = "yunet")}: decoder yunet: output 'scores' is not named KIND_STRIDE, with the kinds cls, obj, score, bbox, kps, face.",
            Rfb, Target, "--template", Template());
        Refused(
            $"{Template(change: manifest => manifest["input"]!["colour"] = "blue")}: input.colour is unknown; known are bgr, rgb, gray.",
            Rfb, Target, "--template", Template());
        Refused($"{Template(change: _ => { })}: trainingCommit must be 7 to 40 lower-case hex digits.", Rfb, Target, "--template", Template(), "--training-commit", "HEAD");
        Refused(
            $"{Rfb}: has no output 'boxen', which the manifest names; it has scores, boxes.",
            Rfb, Target, "--template", Template(change: manifest => manifest["outputs"] = new JsonArray(new JsonObject { ["name"] = "boxen" })));
    }

    [Fact]
    public void Input_that_cannot_be_read_is_said()
    {
        var none = _folder.File("none");
        Refused($"{none}: there is no such file.", none, Target, "--template", Template());
        Refused($"{none}: the manifest is missing or cannot be read.", Rfb, Target, "--template", none);
        File.WriteAllText(_folder.File("list.json"), "[]");
        Refused($"{_folder.File("list.json")}: a manifest is a JSON object.", Rfb, Target, "--template", _folder.File("list.json"));
        File.WriteAllText(_folder.File("text.onnx"), "This is a letter, not a network.");
        Refused($"{_folder.File("text.onnx")}: not an ONNX model, or cut short; fetch the file again.", _folder.File("text.onnx"), Target, "--template", Template());
        Refused("--score must be a number from 0 to 1, not '2'. (see --help)", Rfb, Target, "--template", Template(), "--score", "2");
        Refused("Option '--template' is required. (see --help)", Rfb, Target);
    }

    [Fact]
    public void Folders_that_are_no_models_place_are_said()
    {
        var deep = _folder.File("none/deep");
        Refused($"{deep}: its parent folder does not exist; make it first.", Rfb, deep, "--template", Template());
        Refused($"{Template()}: is a file; name a folder.", Rfb, Template(), "--template", Template());
        var other = Directory.CreateDirectory(_folder.File("photographs")).FullName;
        File.WriteAllText(Path.Combine(other, "album.txt"), "");
        Refused($"{other}: holds other things than a model; name another folder.", Rfb, other, "--template", Template(), "--replace");
        Assert.True(File.Exists(Path.Combine(other, "album.txt")));
    }

    private void Refused(string expected, params string[] arguments)
    {
        var before = Snapshot();
        Cli.Refused(expected, ["package", .. arguments]);
        Assert.Equal(before, Snapshot());
    }

    private string[] Snapshot() => [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order()];

    /// <summary>A shipped manifest without what the model tells itself.</summary>
    private string Template(string name = "detector-rfb320", Action<JsonObject>? change = null)
    {
        var path = _folder.File("template.json");
        if (File.Exists(path) && change is null)
            return path;
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(Models, name, ModelManifest.FileName)))!.AsObject();
        foreach (var told in new[] { "name", "file", "sha256", "outputs" })
            manifest.Remove(told);
        manifest["input"]!.AsObject().Remove("shape");
        change?.Invoke(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        return path;
    }
}
