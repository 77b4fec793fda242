using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.TestKit;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Vision.Tests;

/// <summary>No call on the way of a frame allocates after the first of its sizes.</summary>
public sealed class AllocationTests
{
    private readonly Frame _frame = Pixels.Noise(new Random(51), 161, 121);
    private readonly Frame _small = new(80, 60, PixelFormat.Bgr24);

    [Fact]
    public void Colour_conversion_allocates_nothing()
    {
        var i420 = Pixels.Noise(new Random(52), 161, 121, PixelFormat.I420);
        var gray = new Frame(161, 121, PixelFormat.Gray8);
        AssertNone(() => ColorConverter.I420ToBgr(i420, _frame));
        AssertNone(() => ColorConverter.BgrToGray(_frame, gray));
    }

    [Fact]
    public void Resizing_allocates_nothing_for_sizes_seen_before()
    {
        var other = new Frame(33, 44, PixelFormat.Bgr24);
        AssertNone(() =>
        {
            Resizer.Bilinear(_frame, _small);
            Resizer.Bilinear(_frame, other);
            Resizer.Bilinear(other, _small);
        });
        var letterboxer = new Letterboxer(80, 60, 127);
        AssertNone(() => letterboxer.Apply(_frame, _small));
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Gray)]
    public void Writing_a_tensor_allocates_nothing(ChannelOrder order)
    {
        var tensor = new float[161 * 121 * TensorWriter.Channels(order)];
        AssertNone(() => TensorWriter.WriteNchw(_frame, tensor, order, 127, 1 / 128f));
    }

    [Fact]
    public void Suppression_allocates_nothing()
    {
        var random = new Random(53);
        var all = new FaceDetection[100];
        for (var i = 0; i < all.Length; i++)
            all[i] = new FaceDetection(new FaceBox(random.Next(100), random.Next(100), 20, 20), random.NextSingle());
        var detections = new FaceDetection[all.Length];
        AssertNone(() =>
        {
            all.CopyTo(detections, 0);
            NonMaxSuppression.Apply(detections, 0.4f);
        });
    }

    [Fact]
    public void Alignment_allocates_nothing()
    {
        Vector2[] from = [new(40, 50), new(80, 55), new(60, 90)];
        Vector2[] to = [new(20, 20), new(60, 20), new(40, 50)];
        AssertNone(() => Warper.Similarity(_frame, SimilarityTransform.Estimate(from, to), _small));
        AssertNone(() => Warper.Crop(_frame, -5, 3, 100, 90, _small));
    }

    [Fact]
    public void Measuring_quality_allocates_nothing()
    {
        var points = new Landmarks5(new(40, 50), new(80, 55), new(60, 75), new(45, 90), new(75, 92));
        AssertNone(() => FaceQuality.Measure(_frame, new FaceBox(20, 20, 90, 95), points, 0.9f));
        AssertNone(() => FaceQuality.Measure(_frame, new FaceBox(20, 20, 30, 35), points, 0.9f));
    }

    private static void AssertNone(Action action)
    {
        for (var i = 0; i < 3; i++)
            action();

        Assert.Equal(0, Allocations.Least(action));
    }
}
