using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Quality;

namespace EdgeFace.Vision.Tests.Quality;

public sealed class FaceQualityTests
{
    /// <summary>The ArcFace template of 112 x 112, a frontal face.</summary>
    private static readonly Landmarks5 Frontal = new(new(38.29f, 51.70f), new(73.53f, 51.50f), new(56.03f, 71.74f), new(41.55f, 92.37f), new(70.73f, 92.20f));

    [Fact]
    public void SharpnessVariance_equals_OpenCV_where_nothing_is_resampled()
    {
        float? before = null;
        foreach (var golden in Golden.Cases<Case>("sharpness"))
        {
            var score = FaceQuality.Measure(Golden.Frame(golden.Source), new FaceBox(0, 0, 64, 64), null, 1);
            Assert.Equal(golden.Variance, score.SharpnessVariance, golden.Variance * 1e-4);
            Assert.Equal(golden.Mean, score.MeanLuminance, 1e-3);
            Assert.Equal(score.SharpnessVariance / (score.SharpnessVariance + FaceQuality.SharpnessHalf), score.Sharpness);
            Assert.True(before is null || score.Sharpness < before, "more blur must score less");
            before = score.Sharpness;
        }
    }

    [Theory]
    [InlineData(56, 80, 0.5f)]
    [InlineData(112, 112, 1)]
    [InlineData(300, 28, 0.25f)]
    public void Size_is_the_shorter_side_over_112(float width, float height, float expected)
        => Assert.Equal(expected, FaceQuality.Measure(Pixels.Flat(320, 240, 128), new FaceBox(1, 1, width, height), null, 1).Size, 1e-6f);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(45, 0.5f)]
    [InlineData(128, 1)]
    [InlineData(220, 0.5f)]
    [InlineData(255, 0)]
    public void Exposure_is_full_in_the_middle_and_falls_to_both_ends(byte level, float expected)
        => Assert.Equal(expected, FaceQuality.Measure(Pixels.Flat(100, 100, level), new FaceBox(10, 10, 80, 80), null, 1).Exposure, 1e-5f);

    [Fact]
    public void Exposure_loses_the_share_of_clipped_pixels()
    {
        var frame = Pixels.Flat(64, 64, 128);
        frame.Pixels.AsSpan(0, frame.Pixels.Length / 4).Fill(255);
        Assert.Equal(0.75f, FaceQuality.Measure(frame, new FaceBox(0, 0, 64, 64), null, 1).Exposure, 1e-5f);
    }

    [Theory]
    [InlineData(0, 0, 50, 50, 1)]
    [InlineData(-25, 0, 50, 50, 0.5f)]
    [InlineData(75, 75, 50, 50, 0.25f)]
    public void InFrame_is_the_share_inside(float x, float y, float width, float height, float expected)
        => Assert.Equal(expected, FaceQuality.Measure(Pixels.Flat(100, 100, 128), new FaceBox(x, y, width, height), null, 1).InFrame, 1e-5f);

    [Fact]
    public void Pose_of_a_frontal_face_is_nearly_1_however_it_is_turned_in_the_plane()
    {
        for (var degrees = 0; degrees < 360; degrees += 30)
        {
            var turned = Turn(Frontal, degrees * MathF.PI / 180);
            Assert.InRange(FacePose.Frontalness(turned), 0.97f, 1);
        }
    }

    [Fact]
    public void Pose_falls_as_the_head_turns_to_either_side_or_up_and_down()
    {
        foreach (var axis in new[] { Vector2.UnitX, -Vector2.UnitX, Vector2.UnitY, -Vector2.UnitY })
        {
            var before = FacePose.Frontalness(Frontal);
            for (var step = 4; step <= 20; step += 4)
            {
                var now = FacePose.Frontalness(Frontal with { Nose = Frontal.Nose + axis * step });
                Assert.True(now < before || now == 0, $"{axis} {step}: {now} after {before}");
                before = now;
            }

            Assert.Equal(0, before, 0.05f);
        }
    }

    [Fact]
    public void Pose_of_points_that_make_no_face_is_0()
    {
        Assert.Equal(0, FacePose.Frontalness(default));
        Assert.Equal(0, FacePose.Frontalness(Frontal with { Nose = new(float.NaN, 0) }));
        Assert.Equal(0, FacePose.Frontalness(Frontal with { LeftEye = Frontal.RightEye, RightEye = Frontal.LeftEye }));
        Assert.Equal(0, FacePose.Frontalness(Frontal with { LeftEye = new(float.PositiveInfinity, 0) }));
    }

    [Fact]
    public void Total_is_the_geometric_mean_with_the_detectors_score()
    {
        var frame = Pixels.Noise(new Random(41), 160, 120);
        var score = FaceQuality.Measure(frame, new FaceBox(-10, 20, 80, 90), Frontal, 0.6f);
        var product = (double)score.Size * score.Sharpness * score.Exposure * score.Pose * score.InFrame * 0.6;
        Assert.Equal(Math.Pow(product, 1 / 6.0), score.Total, 1e-5);
        Assert.InRange(score.Total, 0.1, 1);
        Assert.Equal(0, FaceQuality.Measure(frame, new FaceBox(-10, 20, 80, 90), Frontal, float.NaN).Total);
    }

    [Theory]
    [InlineData(float.NaN, 0, 10, 10)]
    [InlineData(0, 0, 0, 10)]
    [InlineData(0, 0, float.PositiveInfinity, 10)]
    [InlineData(500, 0, 10, 10)]
    public void A_box_without_anything_in_it_scores_0(float x, float y, float width, float height)
        => Assert.Equal(default, FaceQuality.Measure(Pixels.Flat(100, 100, 128), new FaceBox(x, y, width, height), null, 1));

    [Theory]
    [InlineData(0.4f)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(13)]
    public void Sharpness_of_a_smooth_face_stays_low_at_any_size(float factor)
    {
        var side = (int)(64 * factor);
        var frame = new Frame(side + 20, side + 20, PixelFormat.Bgr24);
        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
                frame.Pixels.AsSpan((y * frame.Width + x) * 3, 3).Fill((byte)(128 + 60 * MathF.Sin(6f * x / side) * MathF.Cos(6f * y / side)));
        }

        Assert.InRange(FaceQuality.Measure(frame, new FaceBox(10, 10, side, side), null, 1).SharpnessVariance, 0, 12);
    }

    private static Landmarks5 Turn(Landmarks5 points, float angle)
    {
        var turn = Matrix3x2.CreateRotation(angle, new Vector2(56, 56));
        return new(
            Vector2.Transform(points.LeftEye, turn),
            Vector2.Transform(points.RightEye, turn),
            Vector2.Transform(points.Nose, turn),
            Vector2.Transform(points.LeftMouth, turn),
            Vector2.Transform(points.RightMouth, turn));
    }

    internal sealed record Case(string Source, double Variance, double Mean);
}
