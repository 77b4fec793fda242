using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Inference.Tests;

/// <summary>A detector whose network does not care about the input's size, at the size that settings ask for.</summary>
public sealed class DetectorInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Frame _picture = PictureReader.Read(Repository.Golden("inference/drawn.png"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_picture_gives_the_same_faces_at_three_sizes()
    {
        // The boxes that OpenCV finds with another detector.
        FaceBox[] expected = [.. TestModels.Golden("drawn.json").GetProperty("faces").EnumerateArray().Select(Box)];
        foreach (var size in new[] { "320x256", "416x320", "640x480" })
        {
            using var models = Load(TestModels.Slim, size);
            Assert.Equal(size, $"{models.Detector.InputWidth}x{models.Detector.InputHeight}");
            var found = new FaceDetection[10];
            Assert.Equal(expected.Length, models.Detector.Detect(_picture, found));
            for (var i = 0; i < expected.Length; i++)
                Assert.InRange(found[i].Box.Iou(expected[i]), 0.75f, 1);
        }
    }

    [Fact]
    public void Integers_find_the_boxes_that_numpy_computes_from_the_same_file()
    {
        // tests/golden/inference/qdq.py, at the manifest's size.
        using var models = Load(TestModels.Slim, null);
        var expected = TestModels.Golden("drawn-slim.json").GetProperty("faces").EnumerateArray().ToArray();
        var found = new FaceDetection[10];
        Assert.Equal(expected.Length, models.Detector.Detect(_picture, found));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(found[i].Box.Iou(Box(expected[i])), 0.98f, 1);
            Assert.Equal(expected[i].GetProperty("score").GetSingle(), found[i].Score, 0.01f);
        }
    }

    [Fact]
    public void The_own_size_is_that_of_the_manifest_with_and_without_saying_it()
    {
        var input = TestModels.Load(TestModels.Slim).Manifest.Input;
        using var unsaid = Load(TestModels.Slim, null);
        using var said = Load(TestModels.Slim, $"{input.Width}x{input.Height}");
        FaceDetection[] first = new FaceDetection[10], second = new FaceDetection[10];
        Assert.Equal(unsaid.Detector.Detect(_picture, first), said.Detector.Detect(_picture, second));
        Assert.Equal(first, second);
        Assert.Equal(unsaid.Detector.ModelId, said.Detector.ModelId);
    }

    [Fact]
    public void A_detector_of_one_size_says_so_and_takes_its_own()
    {
        var error = Assert.Throws<InputException>(() => Load(TestModels.Detector, "416x320"));
        Assert.Equal(
            $"{Path.Combine(TestModels.Folder, TestModels.Detector)}: has one input size only, 320x240: leave models.detector_input out, or choose another models.detector.",
            error.Message);
        // 240 is no multiple of 32: what such a detector has can be named in the manifest only.
        Assert.Throws<InputException>(() => Load(TestModels.Detector, "320x240"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("416")]
    [InlineData("416x")]
    [InlineData("416x320x3")]
    [InlineData("416 x 320")]
    [InlineData("416X320")]
    [InlineData("0416x320")]
    [InlineData("-416x320")]
    [InlineData("420x320")]
    [InlineData("416x300")]
    [InlineData("32x320")]
    [InlineData("416x1952")]
    [InlineData("99999999999x320")]
    public void A_size_that_is_none_is_said(string text)
    {
        Assert.False(InputSize.TryParse(text, out _));
        Assert.DoesNotMatch(new InputSizeAttribute().Pattern, text);
        var error = Assert.Throws<InputException>(() => Load(TestModels.Slim, text));
        Assert.Equal($"models.detector_input: must be WIDTHxHEIGHT as in 416x320, both multiples of 32 from 64 to 1920, is \"{text}\".", error.Message);
    }

    [Fact]
    public void What_is_read_is_what_the_pattern_takes()
    {
        for (var side = 0; side <= InputSize.MaxSide + 40; side++)
        {
            var text = $"{side}x64";
            Assert.Equal(InputSize.TryParse(text, out var size), System.Text.RegularExpressions.Regex.IsMatch(text, new InputSizeAttribute().Pattern));
            Assert.True(size == default || size.ToString() == text);
        }
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(96, 1920)]
    public void The_limits_can_be_run(int width, int height)
    {
        using var models = Load(TestModels.Slim, $"{width}x{height}");
        models.Detector.Detect(_picture, new FaceDetection[10]);
    }

    [Fact]
    public void A_coarser_multiple_of_the_manifest_holds()
    {
        var coarse = TestModels.Copy(TestModels.Slim, _folder, manifest =>
        {
            manifest["input"]!["shape"] = new JsonArray(1, 256, 320, 3);
            manifest["input"]!["sizeMultiple"] = 64;
        });
        var error = Assert.Throws<InputException>(() => ModelPackage.Load(coarse).At(new InputSize(416, 320)));
        Assert.Equal($"{coarse}: takes inputs whose sides are multiples of 64, not 416x320 (models.detector_input).", error.Message);
    }

    private static FaceBox Box(JsonElement face) => new(
        face.GetProperty("x").GetSingle(), face.GetProperty("y").GetSingle(), face.GetProperty("width").GetSingle(), face.GetProperty("height").GetSingle());

    private static FaceModels Load(string detector, string? size) => FaceModels.Load(new ModelOptions { Folder = TestModels.Folder, Detector = detector, DetectorInput = size });
}
