using System.Numerics;
using System.Text.Json;
using EdgeFace.Core.Faces;
using EdgeFace.TestKit;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Inference.Tests;

/// <summary>Against numpy and OpenCV, see tests/golden/evaluation/generate.py.</summary>
public sealed class AnchorFreeDecoderTests
{
    private static readonly Lazy<JsonElement> Maps = new(() => Golden("decoder.json"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Class_and_objectness_are_decoded_as_numpy_decodes_them(bool planes)
        => AssertDecoded("expected", objectness: true, planes);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_single_score_is_taken_as_it_is(bool planes)
        => AssertDecoded("expectedSingle", objectness: false, planes);

    [Fact]
    public void A_head_without_points_gives_boxes_without_points()
    {
        var level = new HeadLevel(16, 1, 1, new HeadMap(0, 1, 1), null, new HeadMap(1, 4, 1), null);
        var found = new FaceDetection[1];
        Assert.Equal(1, AnchorFreeDecoder.Decode(level, [0.75f], [], [0.5f, 0.25f, 0, MathF.Log(2)], [], 0.5f, found));
        Assert.Equal(new FaceDetection(new FaceBox(0, -12, 16, 32), 0.75f), found[0]);
    }

    /// <summary>The same maps in one, the score as a logit, one channel too many: the same faces.</summary>
    [Theory]
    [InlineData(0.3f)]
    [InlineData(0.5f)]
    [InlineData(0.8f)]
    public void One_map_with_logits_gives_what_three_maps_give(float threshold)
    {
        const int cells = 12;
        var random = new Random(5);
        float[] scores = new float[cells], boxes = new float[cells * 4], points = new float[cells * 10], all = new float[cells * 16];
        for (var cell = 0; cell < cells; cell++)
        {
            scores[cell] = 0.02f + 0.96f * random.NextSingle();
            for (var i = 0; i < 4; i++)
                boxes[cell * 4 + i] = random.NextSingle();
            for (var i = 0; i < 10; i++)
                points[cell * 10 + i] = random.NextSingle();
            all[cell * 16] = MathF.Log(scores[cell] / (1 - scores[cell]));
            boxes.AsSpan(cell * 4, 4).CopyTo(all.AsSpan(cell * 16 + 1));
            points.AsSpan(cell * 10, 10).CopyTo(all.AsSpan(cell * 16 + 5));
            all[cell * 16 + 15] = float.NaN;
        }

        FaceDetection[] three = new FaceDetection[cells], one = new FaceDetection[cells];
        var split = new HeadLevel(8, 4, 3, new HeadMap(0, 1, 1), null, new HeadMap(1, 4, 1), new HeadMap(2, 10, 1));
        var joint = new HeadLevel(8, 4, 3, new HeadMap(0, 16, 1), null, new HeadMap(0, 16, 1, 1), new HeadMap(0, 16, 1, 5), ScoreIsLogit: true);
        var count = AnchorFreeDecoder.Decode(split, scores, [], boxes, points, threshold, three);
        Assert.InRange(count, 1, cells - 1);
        Assert.Equal(count, AnchorFreeDecoder.Decode(joint, all, [], all, all, threshold, one));
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(three[i].Score, one[i].Score, 1e-5f);
            Assert.Equal((three[i].Box, three[i].Landmarks), (one[i].Box, one[i].Landmarks));
        }
    }

    [Fact]
    public void Scores_that_are_no_number_and_boxes_without_area_are_left_out()
    {
        var level = new HeadLevel(8, 3, 1, new HeadMap(0, 1, 1), null, new HeadMap(1, 4, 1), null);
        float[] boxes = [0, 0, 0, 0, 0, 0, float.NaN, 0, 0, 0, float.NegativeInfinity, 0];
        Assert.Equal(0, AnchorFreeDecoder.Decode(level, [float.NaN, 1, 1], [], boxes, [], 0.1f, new FaceDetection[3]));
    }

    [SharedDataFact("reference/yunet/yunet_n_dynamic.onnx")]
    public void YuNet_finds_in_the_drawn_picture_what_OpenCV_finds()
    {
        var golden = Golden("yunet.json");
        using var folder = new TemporaryFolder();
        var package = YuNet.Package(folder, golden.GetProperty("width").GetInt32(), golden.GetProperty("height").GetInt32());
        using var detector = new FaceDetector(package, TestModels.Options) { ScoreThreshold = golden.GetProperty("threshold").GetSingle() };

        var found = new FaceDetection[100];
        var count = detector.Detect(PictureReader.Read(Repository.Golden("inference/drawn.png")), found);

        var expected = golden.GetProperty("expected").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        Assert.Equal(expected.Length, count);
        for (var i = 0; i < count; i++)
            AssertClose(expected[i], found[i], 0.02f);
    }

    [SharedDataFact("reference/yunet/yunet_n_dynamic.onnx")]
    public void Points_come_back_to_the_frame_like_the_box()
    {
        using var folder = new TemporaryFolder();
        var picture = PictureReader.Read(Repository.Golden("inference/drawn.png"));
        using var full = new FaceDetector(YuNet.Package(folder, 640, 384), TestModels.Options);
        var whole = new FaceDetection[10];
        full.Detect(picture, whole);
        using var half = new FaceDetector(YuNet.Package(folder, 320, 192), TestModels.Options);
        var shrunk = new FaceDetection[10];
        half.Detect(picture, shrunk);

        var (wanted, got) = (whole[0].Landmarks!.Value, shrunk[0].Landmarks!.Value);
        Assert.InRange(Vector2.Distance(wanted.LeftEye, got.LeftEye), 0, 8);
        Assert.InRange(Vector2.Distance(wanted.RightMouth, got.RightMouth), 0, 8);
        Assert.True(got.LeftEye.X < got.RightEye.X);
        Assert.True(shrunk[0].Box.Iou(whole[0].Box) > 0.8f);
    }

    private static void AssertDecoded(string property, bool objectness, bool planes)
    {
        var golden = Maps.Value;
        var (width, height) = (golden.GetProperty("width").GetInt32(), golden.GetProperty("height").GetInt32());
        var found = new FaceDetection[200];
        var count = 0;
        foreach (var maps in golden.GetProperty("levels").EnumerateArray())
        {
            var stride = maps.GetProperty("stride").GetInt32();
            var (columns, rows) = (width / stride, height / stride);
            var cells = columns * rows;
            HeadMap Map(int channels) => planes ? new HeadMap(0, 1, cells) : new HeadMap(0, channels, 1);
            float[] Values(string kind, int channels) => planes ? Planes(maps.Floats(kind), channels) : maps.Floats(kind);
            var level = new HeadLevel(stride, columns, rows, Map(1), objectness ? Map(1) : null, Map(4), Map(10));
            count += AnchorFreeDecoder.Decode(
                level, Values("cls", 1), objectness ? Values("obj", 1) : [], Values("bbox", 4), Values("kps", 10),
                golden.GetProperty("threshold").GetSingle(), found.AsSpan(count));
        }

        var expected = golden.GetProperty(property).EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray();
        Assert.Equal(expected.Length, count);
        for (var i = 0; i < count; i++)
            AssertClose(expected[i], found[i], 1e-3f);
    }

    /// <summary>From cell by cell to channel by channel.</summary>
    private static float[] Planes(float[] values, int channels)
    {
        var cells = values.Length / channels;
        var planes = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            planes[i % channels * cells + i / channels] = values[i];
        return planes;
    }

    private static void AssertClose(float[] expected, FaceDetection found, float tolerance)
    {
        Span<Vector2> points = stackalloc Vector2[Landmarks5.Count];
        found.Landmarks!.Value.CopyTo(points);
        float[] actual = [found.Box.X, found.Box.Y, found.Box.Width, found.Box.Height, points[0].X, points[0].Y, points[1].X, points[1].Y, points[2].X, points[2].Y, points[3].X, points[3].Y, points[4].X, points[4].Y];
        for (var i = 0; i < actual.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
        // A score above 1 is no probability; the decoder says 1.
        Assert.Equal(MathF.Min(expected[14], 1), found.Score, 1e-4f);
    }

    private static JsonElement Golden(string file) => JsonDocument.Parse(File.ReadAllBytes(Repository.Golden(Path.Combine("evaluation", file)))).RootElement;
}
