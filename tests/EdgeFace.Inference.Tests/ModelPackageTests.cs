using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.TestKit;

namespace EdgeFace.Inference.Tests;

public sealed class ModelPackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shipped_packages_load_and_are_named_after_their_hash()
    {
        var package = TestModels.Load(TestModels.Embedder);
        Assert.Equal(ModelKind.Embedder, package.Manifest.Kind);
        Assert.Equal($"embedder-mobilefacenet@{package.Manifest.Sha256[..12]}", package.Id);
        Assert.Equal("MIT", package.Manifest.Licence);
    }

    [Fact]
    public void A_missing_folder_is_said()
        => Refused(_folder.File("none"), "there is no such model folder.");

    [Fact]
    public void A_missing_manifest_is_said()
    {
        var folder = TestModels.Copy(TestModels.Landmarks, _folder);
        File.Delete(Path.Combine(folder, "manifest.json"));
        Refused(folder, "the model's manifest is missing or cannot be read; install the model's folder anew.");
    }

    [Fact]
    public void A_missing_file_is_said()
    {
        var folder = TestModels.Copy(TestModels.Landmarks, _folder);
        File.Delete(Path.Combine(folder, "landmarks-68.onnx"));
        Refused(folder, "the model's file is missing or cannot be read; install the model's folder anew.");
    }

    [Fact]
    public void A_damaged_file_is_said()
    {
        var folder = TestModels.Copy(TestModels.Landmarks, _folder);
        var path = Path.Combine(folder, "landmarks-68.onnx");
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Refused(folder, "but the manifest says 9ab4828f8c7d...; the file is damaged or of another version.");
    }

    [Fact]
    public void A_manifest_that_is_not_JSON_is_said()
    {
        var folder = TestModels.Copy(TestModels.Landmarks, _folder);
        File.WriteAllText(Path.Combine(folder, "manifest.json"), "{ \"name\": ");
        Refused(folder, "not a model manifest (");
    }

    [Fact]
    public void A_manifest_without_a_required_field_is_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest.Remove("licence"), "not a model manifest (JSON deserialization for type 'EdgeFace.Inference.ModelManifest' was missing required properties including: 'licence'");

    [Fact]
    public void A_misspelt_field_is_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["treshold"] = 1, "not a model manifest (The JSON property 'treshold'");

    [Theory]
    [InlineData("\"segmenter\"")]
    [InlineData("7")]
    public void An_unknown_kind_is_said(string kind)
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["kind"] = JsonNode.Parse(kind), "kind is unknown; known are detector, landmarks, embedder.");

    [Fact]
    public void An_unknown_colour_is_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["input"]!["colour"] = "yuv", "input.colour is unknown; known are bgr, rgb, gray.");

    [Fact]
    public void An_unknown_layout_is_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["input"]!["layout"] = "CHWN", "input.layout 'CHWN' is unknown; known are NCHW and NHWC.");

    [Fact]
    public void Bytes_are_not_scaled()
        => RefusedManifest(TestModels.Detector, manifest => manifest["input"]!["layout"] = "NHWC", "an input of layout NHWC takes bytes as they are: input.colour must be bgr, mean 0 and scale 1.");

    [Fact]
    public void Bytes_have_their_colours_last()
        => RefusedManifest(
            TestModels.Detector, manifest => Bytes(manifest, 1, 3, 240, 320), "input.shape [1, 3, 240, 320] must be [1, height, width, 3] for layout NHWC and colour Bgr.");

    [Fact]
    public void Bytes_are_for_detectors()
        => RefusedManifest(TestModels.Embedder, manifest => Bytes(manifest, 1, 112, 112, 3), "input.layout NHWC is for detectors.");

    [Fact]
    public void A_file_that_takes_floats_does_not_fit_a_manifest_of_bytes()
    {
        var package = ModelPackage.Load(TestModels.Copy(TestModels.Detector, _folder, manifest => Bytes(manifest, 1, 240, 320, 3)));
        var error = Assert.Throws<InputException>(() => BoundSession.Open(package, TestModels.Options));
        Assert.EndsWith("is not a tensor of unsigned bytes.", error.Message, StringComparison.Ordinal);
    }

    private static void Bytes(JsonObject manifest, params int[] shape)
    {
        var input = manifest["input"]!;
        (input["layout"], input["colour"], input["mean"], input["scale"]) = ("NHWC", "bgr", 0, 1);
        input["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]);
    }

    [Fact]
    public void Channels_that_contradict_the_colour_are_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["input"]!["colour"] = "rgb", "input.shape [1, 1, 64, 64] must be [1, 3, height, width] for layout NCHW and colour Rgb.");

    [Fact]
    public void A_file_outside_the_folder_is_refused()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["file"] = "../other.onnx", "file '../other.onnx' must be a plain file name in the manifest's folder.");

    [Fact]
    public void A_malformed_hash_is_said()
        => RefusedManifest(TestModels.Landmarks, manifest => manifest["sha256"] = "ABC", "sha256 must be 64 lower-case hex digits.");

    [Theory]
    [InlineData(TestModels.Detector, "decoder", "a detector needs a decoder.")]
    [InlineData(TestModels.Detector, "thresholds", "a detector needs thresholds.score within 0..1.")]
    [InlineData(TestModels.Landmarks, "crop", "a landmark model needs a crop.")]
    [InlineData(TestModels.Embedder, "thresholds", "an embedder needs thresholds.match within -1..1.")]
    [InlineData(TestModels.Embedder, "alignment", "an embedder needs an alignment of 5 points [x, y].")]
    public void What_a_kind_needs_is_said(string model, string without, string expected)
        => RefusedManifest(model, manifest => manifest.Remove(without), expected);

    private void RefusedManifest(string model, Action<JsonObject> change, string expected)
        => Refused(TestModels.Copy(model, _folder, change), expected);

    private static void Refused(string folder, string expected)
    {
        var error = Assert.Throws<InputException>(() => ModelPackage.Load(folder));
        Assert.StartsWith(folder, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
