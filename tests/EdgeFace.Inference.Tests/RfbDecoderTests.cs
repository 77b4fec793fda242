using EdgeFace.Core.Faces;
using EdgeFace.Vision;

namespace EdgeFace.Inference.Tests;

public sealed class RfbDecoderTests
{
    [Fact]
    public void Decoding_and_suppression_agree_with_numpy()
    {
        var golden = TestModels.Golden("decoding.json");
        var scale = golden.GetProperty("scale").GetSingle();
        var candidates = new FaceDetection[60];
        var found = RfbDecoder.Decode(golden.Floats("scores"), golden.Floats("boxes"), 320, 240, 0.7f, candidates);
        var kept = NonMaxSuppression.Apply(candidates.AsSpan(0, found), 0.4f);

        var expected = golden.GetProperty("expected").EnumerateArray().ToArray();
        Assert.Equal(expected.Length, kept);
        var letterbox = Letterbox.Fit(640, 360, 320, 240);
        Assert.Equal(scale, letterbox.Scale);
        for (var i = 0; i < kept; i++)
        {
            var box = letterbox.ToSource(candidates[i].Box);
            Assert.Equal(expected[i].GetProperty("score").GetSingle(), candidates[i].Score);
            Assert.Equal(expected[i].GetProperty("x").GetSingle(), box.X, 1e-3f);
            Assert.Equal(expected[i].GetProperty("y").GetSingle(), box.Y, 1e-3f);
            Assert.Equal(expected[i].GetProperty("width").GetSingle(), box.Width, 1e-3f);
            Assert.Equal(expected[i].GetProperty("height").GetSingle(), box.Height, 1e-3f);
        }
    }

    [Fact]
    public void Boxes_without_area_and_scores_that_are_no_number_are_left_out()
    {
        float[] scores = [0, 1, 0, 1, float.NaN, float.NaN, 0, 1];
        float[] boxes = [0.5f, 0.5f, 0.5f, 0.7f, 0.6f, 0.5f, 0.5f, 0.7f, 0, 0, 1, 1, 0, 0, 0.5f, float.NaN];
        Assert.Equal(0, RfbDecoder.Decode(scores, boxes, 320, 240, 0.5f, new FaceDetection[4]));
    }
}
