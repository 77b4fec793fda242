using EdgeFace.Core.Faces;

namespace EdgeFace.Vision.Tests;

public sealed class NonMaxSuppressionTests
{
    [Fact]
    public void Apply_keeps_what_OpenCV_keeps()
    {
        foreach (var golden in Golden.Cases<Case>("nms"))
        {
            var all = golden.Detections();
            var detections = all.ToArray();

            var kept = NonMaxSuppression.Apply(detections, golden.Threshold);

            var expected = golden.Kept.Select(index => all[index]).ToArray();
            Assert.True(expected.AsSpan().SequenceEqual(detections.AsSpan(0, kept)), $"seed {golden.Seed}: kept {kept}, expected {expected.Length}");
        }
    }

    [Fact]
    public void Ties_do_not_depend_on_the_order_of_the_input()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var detections = new FaceDetection[60];
        for (var i = 0; i < detections.Length; i++)
            detections[i] = new FaceDetection(new FaceBox(random.Next(50), random.Next(50), 10 + random.Next(20), 10 + random.Next(20)), random.Next(3) / 2f);
        var shuffled = detections.ToArray();
        random.Shuffle(shuffled);

        var kept = NonMaxSuppression.Apply(detections, 0.3f);

        Assert.Equal(kept, NonMaxSuppression.Apply(shuffled, 0.3f));
        Assert.True(detections.AsSpan(0, kept).SequenceEqual(shuffled.AsSpan(0, kept)), $"seed {seed}");
    }

    [Fact]
    public void Equal_boxes_leave_one_and_touching_boxes_both()
    {
        FaceDetection[] equal = [new(new FaceBox(1, 1, 5, 5), 0.7f), new(new FaceBox(1, 1, 5, 5), 0.9f)];
        Assert.Equal(1, NonMaxSuppression.Apply(equal, 0.5f));
        Assert.Equal(0.9f, equal[0].Score);
        FaceDetection[] touching = [new(new FaceBox(0, 0, 5, 5), 0.7f), new(new FaceBox(5, 0, 5, 5), 0.9f)];
        Assert.Equal(2, NonMaxSuppression.Apply(touching, 0));
    }

    [Fact]
    public void What_is_not_finite_or_has_no_area_is_dropped()
    {
        var good = new FaceDetection(new FaceBox(-3, 2, 5, 5), 0.1f);
        FaceDetection[] detections =
        [
            new(new FaceBox(float.NaN, 0, 9, 9), 0.9f),
            new(new FaceBox(0, float.NegativeInfinity, 9, 9), 0.9f),
            new(new FaceBox(0, 0, float.NaN, 9), 0.9f),
            new(new FaceBox(0, 0, float.PositiveInfinity, 9), 0.9f),
            good,
            new(new FaceBox(0, 0, 0, 9), 0.9f),
            new(new FaceBox(0, 0, -9, -9), 0.9f),
            new(new FaceBox(0, 0, 9, 9), float.NaN),
        ];
        Assert.Equal(1, NonMaxSuppression.Apply(detections, 0.5f));
        Assert.Equal(good, detections[0]);
        Assert.Equal(0, NonMaxSuppression.Apply([], 0.5f));
    }

    [Theory]
    [InlineData(-0.1f)]
    [InlineData(1.1f)]
    [InlineData(float.NaN)]
    public void A_threshold_outside_0_to_1_is_refused(float threshold)
        => Assert.Throws<ArgumentOutOfRangeException>("iouThreshold", () => NonMaxSuppression.Apply([], threshold));

    internal sealed record Case(int Seed, float Threshold, float[][] Boxes, float[] Scores, int[] Kept)
    {
        public FaceDetection[] Detections()
            => [.. Boxes.Select((box, i) => new FaceDetection(new FaceBox(box[0], box[1], box[2], box[3]), Scores[i]))];
    }
}
