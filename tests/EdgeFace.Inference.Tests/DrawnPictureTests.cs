using System.Numerics;
using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Inference.Tests;

/// <summary>A drawn picture of two faces, the whole way, against OpenCV and scikit-image (tests/golden/inference/generate.py).</summary>
public sealed class DrawnPictureTests : IDisposable
{
    private readonly FaceModels _models = TestModels.LoadAll();
    private readonly Frame _picture = PictureReader.Read(Repository.Golden("inference/drawn.png"));
    private readonly JsonElement[] _expected = [.. TestModels.Golden("drawn.json").GetProperty("faces").EnumerateArray()];

    public void Dispose() => _models.Dispose();

    [Fact]
    public void Detector_finds_the_boxes_that_OpenCV_finds()
    {
        var found = new FaceDetection[10];
        Assert.Equal(_expected.Length, _models.Detector.Detect(_picture, found));
        for (var i = 0; i < _expected.Length; i++)
        {
            var expected = Box(_expected[i]);
            Assert.InRange(found[i].Box.Iou(expected), 0.98f, 1);
            Assert.Equal(_expected[i].GetProperty("score").GetSingle(), found[i].Score, 1e-3f);
        }
    }

    [Fact]
    public void Detector_fills_a_short_span_with_the_best()
    {
        var found = new FaceDetection[1];
        Assert.Equal(1, _models.Detector.Detect(_picture, found));
        Assert.InRange(found[0].Box.Iou(Box(_expected[0])), 0.98f, 1);
    }

    [Fact]
    public void Detector_finds_nothing_above_a_threshold_that_nothing_reaches()
    {
        _models.Detector.ScoreThreshold = 1;
        Assert.Equal(0, _models.Detector.Detect(_picture, new FaceDetection[10]));
        Assert.Throws<ArgumentOutOfRangeException>(() => _models.Detector.ScoreThreshold = float.NaN);
    }

    [Fact]
    public void Detector_finds_no_face_in_an_empty_picture()
        => Assert.Equal(0, _models.Detector.Detect(Flat(640, 480, 127), new FaceDetection[10]));

    [Fact]
    public void Landmarks_are_where_OpenCV_finds_them()
    {
        foreach (var expected in _expected)
        {
            var located = _models.Landmarker.Locate(_picture, Box(expected));
            Assert.InRange(Furthest(located, Points(expected)), 0, 0.5f);
        }
    }

    [Fact]
    public void Landmarks_of_a_box_without_area_are_refused()
        => Assert.Throws<ArgumentException>(() => _models.Landmarker.Locate(_picture, new FaceBox(10, 10, 0, 20)));

    [Fact]
    public void Embedding_is_the_one_that_OpenCV_computes()
    {
        var aligned = new Frame(112, 112, PixelFormat.Bgr24);
        foreach (var expected in _expected)
        {
            _models.Embedder.Align(_picture, Points(expected), aligned);
            var embedding = _models.Embedder.Embed(aligned);
            Assert.Equal(_models.Embedder.Dimension, embedding.Dimension);
            Assert.Equal(_models.Embedder.ModelId, embedding.ModelId);
            var golden = Embedding.Normalize(embedding.ModelId, expected.Floats("embedding"));
            Assert.InRange(embedding.CosineTo(golden), 0.998f, 1);
        }
    }

    [Fact]
    public void Embedding_of_a_frame_of_another_size_is_refused()
        => Assert.Throws<ArgumentException>(() => _models.Embedder.Embed(_picture));

    [Fact]
    public void Analyzer_brings_all_of_it_together()
    {
        var faces = new FaceAnalyzer(_models).Analyze(_picture);
        Assert.Equal(_expected.Length, faces.Count);
        for (var i = 0; i < faces.Count; i++)
        {
            Assert.InRange(faces[i].Detection.Box.Iou(Box(_expected[i])), 0.98f, 1);
            Assert.InRange(Furthest(faces[i].Landmarks, Points(_expected[i])), 0, 1.5f);
            Assert.Equal(faces[i].Landmarks, faces[i].Detection.Landmarks);
            Assert.InRange(faces[i].Quality.Total, 0, 1);
            var golden = Embedding.Normalize(_models.Embedder.ModelId, _expected[i].Floats("embedding"));
            Assert.InRange(faces[i].Embedding!.CosineTo(golden), 0.9f, 1);
            Assert.Equal(112, faces[i].Aligned!.Width);
        }
    }

    [Fact]
    public void Analyzer_sees_in_a_grainy_picture_of_15_megapixels_what_it_sees_in_the_small_one()
    {
        const int times = 8;
        var large = new Frame(_picture.Width * times, _picture.Height * times, PixelFormat.Bgr24);
        Resizer.Bilinear(_picture, large);
        var grain = TestModels.Noise(large.Pixels.Length, 9);
        for (var i = 0; i < grain.Length; i++)
            large.Pixels[i] = (byte)Math.Clamp(large.Pixels[i] + (grain[i] - 128) / 2, 0, 255);

        var analyzer = new FaceAnalyzer(_models);
        var small = analyzer.Analyze(_picture);
        var faces = analyzer.Analyze(large);
        Assert.Equal(small.Count, faces.Count);
        for (var i = 0; i < faces.Count; i++)
        {
            var box = small[i].Detection.Box;
            Assert.InRange(faces[i].Detection.Box.Iou(new FaceBox(box.X * times, box.Y * times, box.Width * times, box.Height * times)), 0.9f, 1);
            Assert.InRange(faces[i].Embedding!.CosineTo(small[i].Embedding!), 0.9f, 1);
        }
    }

    [Fact]
    public void Detect_Locate_and_Align_allocate_nothing_once_warm()
    {
        var found = new FaceDetection[10];
        var aligned = new Frame(112, 112, PixelFormat.Bgr24);
        Once();
        Once();
        Assert.Equal(0, Allocations.Least(Once, times: 5));

        void Once()
        {
            var count = _models.Detector.Detect(_picture, found);
            for (var i = 0; i < count; i++)
                _models.Embedder.Align(_picture, _models.Landmarker.Locate(_picture, found[i].Box), aligned);
        }
    }

    [Fact]
    public void Sampler_halves_large_frames_without_allocating_once_warm()
    {
        var large = new Frame(_picture.Width * 4, _picture.Height * 4, PixelFormat.Bgr24);
        Resizer.Bilinear(_picture, large);
        var sampler = new FaceSampler(_models);
        var found = new FaceDetection[10];
        var aligned = new Frame(112, 112, PixelFormat.Bgr24);
        Assert.Equal(_expected.Length, Once());
        Once();
        Assert.Equal(0, Allocations.Least(() => Once(), times: 2));

        int Once()
        {
            sampler.Show(large);
            var count = sampler.Detect(found);
            for (var i = 0; i < count; i++)
                Assert.True(sampler.TryAlign(found[i].Box, sampler.Locate(found[i].Box), aligned));
            return count;
        }
    }

    private static Frame Flat(int width, int height, byte value)
    {
        var frame = new Frame(width, height, PixelFormat.Bgr24);
        frame.Pixels.AsSpan().Fill(value);
        return frame;
    }

    private static FaceBox Box(JsonElement face) => new(
        face.GetProperty("x").GetSingle(), face.GetProperty("y").GetSingle(), face.GetProperty("width").GetSingle(), face.GetProperty("height").GetSingle());

    private static Landmarks5 Points(JsonElement face)
    {
        var points = face.GetProperty("points").EnumerateArray().Select(point => new Vector2(point[0].GetSingle(), point[1].GetSingle())).ToArray();
        return new Landmarks5(points[0], points[1], points[2], points[3], points[4]);
    }

    private static float Furthest(Landmarks5 one, Landmarks5 other)
    {
        Span<Vector2> a = stackalloc Vector2[Landmarks5.Count], b = stackalloc Vector2[Landmarks5.Count];
        one.CopyTo(a);
        other.CopyTo(b);
        var furthest = 0f;
        for (var i = 0; i < a.Length; i++)
            furthest = MathF.Max(furthest, Vector2.Distance(a[i], b[i]));
        return furthest;
    }
}
