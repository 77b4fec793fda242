using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.TestKit;

namespace EdgeFace.Inference.Tests;

/// <summary>What only shows once the model is open.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Another_input_shape_is_said()
        => Refused(TestModels.Detector, manifest => manifest["input"]!["shape"]![3] = 640, "input 'input' has the shape [1, 3, 240, 320], but the manifest says [1, 3, 240, 640].");

    [Fact]
    public void Another_output_shape_is_said()
        => Refused(
            TestModels.Detector,
            manifest =>
            {
                manifest["outputs"]![0]!["shape"]![1] = 100;
                manifest["outputs"]![1]!["shape"]![1] = 100;
            },
            "output 'scores' has the shape [1, 4420, 2], but the manifest says [1, 100, 2].");

    [Fact]
    public void An_output_that_is_not_there_is_said()
        => Refused(TestModels.Detector, manifest => manifest["outputs"]![1]!["name"] = "boxen", "has no output 'boxen', which its manifest names; it has scores, boxes.");

    [Fact]
    public void Outputs_in_another_order_are_said()
        => Refused(
            TestModels.Detector,
            manifest =>
            {
                var outputs = manifest["outputs"]!.AsArray();
                var first = outputs[0];
                outputs.RemoveAt(0);
                outputs.Add(first);
            },
            "decoder rfb needs the outputs scores [1, N, 2] and boxes [1, N, 4], in this order.");

    [Fact]
    public void An_unknown_decoder_is_said()
        => Refused(TestModels.Detector, manifest => manifest["decoder"] = "scrfd", "decoder 'scrfd' is unknown; known are rfb, yunet.");

    [Fact]
    public void A_model_of_another_kind_is_said()
    {
        var error = Assert.Throws<InputException>(() => new FaceDetector(TestModels.Load(TestModels.Landmarks), TestModels.Options));
        Assert.EndsWith("is a model of kind landmarks, but a detector model is wanted here.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_model_is_said_though_its_hash_is_right()
    {
        var bytes = "not a model at all"u8.ToArray();
        var folder = TestModels.Copy(TestModels.Detector, _folder, manifest => manifest["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)));
        File.WriteAllBytes(Path.Combine(folder, "detector-rfb320.onnx"), bytes);
        var error = Assert.Throws<InputException>(() => new FaceDetector(ModelPackage.Load(folder), TestModels.Options));
        Assert.Contains("ONNX Runtime does not take the model (", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_changed_after_loading_is_not_run()
    {
        var folder = TestModels.Copy(TestModels.Detector, _folder);
        var package = ModelPackage.Load(folder);
        File.AppendAllText(package.FilePath, "more");
        var error = Assert.Throws<InputException>(() => new FaceDetector(package, TestModels.Options));
        Assert.Contains("the file is damaged or of another version.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void Threads_out_of_range_are_refused(int threads)
        => Assert.Throws<ArgumentOutOfRangeException>(() => FaceModels.Load(TestModels.Folder, new InferenceOptions { Threads = threads }));

    [Fact]
    public void A_missing_models_folder_is_said()
    {
        var error = Assert.Throws<InputException>(() => FaceModels.Load(_folder.File("none"), TestModels.Options));
        Assert.EndsWith("there is no such models folder.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_models_lie_beside_a_program_that_is_built_on_this()
    {
        using var models = FaceModels.Load(null, TestModels.Options);
        Assert.Equal([TestModels.Load(TestModels.Slim).Id, "landmarks-68@9ab4828f8c7d", "embedder-mobilefacenet@edf6c7eb14f2"], models.Packages.Select(package => package.Id));
    }

    private void Refused(string model, Action<JsonObject> change, string expected)
    {
        var package = ModelPackage.Load(TestModels.Copy(model, _folder, change));
        var error = Assert.Throws<InputException>(() => new FaceDetector(package, TestModels.Options));
        Assert.StartsWith(package.Folder, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(expected, error.Message, StringComparison.Ordinal);
    }
}
