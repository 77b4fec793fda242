using System.Numerics;

namespace EdgeFace.Vision.Tests;

public sealed class SimilarityTransformTests
{
    private static readonly Vector2[] Square = [new(0, 0), new(4, 0), new(4, 4), new(0, 4)];

    [Fact]
    public void Estimate_equals_scikit_image()
    {
        foreach (var golden in Golden.Cases<Case>("similarity"))
        {
            var transform = SimilarityTransform.Estimate(Points(golden.From), Points(golden.To));
            Assert.Equal(golden.A, transform.A, 1e-5);
            Assert.Equal(golden.B, transform.B, 1e-5);
            Assert.Equal(golden.Tx, transform.Tx, 1e-3);
            Assert.Equal(golden.Ty, transform.Ty, 1e-3);
        }
    }

    [Fact]
    public void Inverse_brings_every_point_back()
    {
        var transform = new SimilarityTransform(0.6f, -1.3f, 40, -7);
        var point = new Vector2(12.5f, -80);
        var back = transform.Inverse().Apply(transform.Apply(point));
        Assert.Equal(point.X, back.X, 1e-4f);
        Assert.Equal(point.Y, back.Y, 1e-4f);
        Assert.Equal(point, SimilarityTransform.Identity.Apply(point));
    }

    [Fact]
    public void Points_that_determine_nothing_are_refused()
    {
        Vector2[] one = [new(3, 3), new(3, 3), new(3, 3), new(3, 3)];
        Vector2[] mirrored = [new(4, 0), new(0, 0), new(0, 4), new(4, 4)];
        Vector2[] broken = [new(0, 0), new(float.NaN, 0), new(4, 4), new(0, 4)];
        Vector2[] endless = [new(0, 0), new(float.PositiveInfinity, 0), new(4, 4), new(0, 4)];
        foreach (var bad in new[] { one, mirrored, broken, endless })
        {
            Assert.Throws<ArgumentException>(() => SimilarityTransform.Estimate(bad, Square));
            Assert.Throws<ArgumentException>(() => SimilarityTransform.Estimate(Square, bad));
            Assert.False(SimilarityTransform.TryEstimate(bad, Square, out _));
        }

        Assert.Throws<ArgumentException>("to", () => SimilarityTransform.Estimate(Square, Square.AsSpan(1)));
        Assert.Throws<ArgumentException>("from", () => SimilarityTransform.Estimate(Square.AsSpan(0, 1), Square.AsSpan(0, 1)));
    }

    [Fact]
    public void A_transform_without_scale_has_no_inverse()
    {
        Assert.Throws<InvalidOperationException>(() => default(SimilarityTransform).Inverse());
        Assert.Throws<InvalidOperationException>(() => new SimilarityTransform(float.NaN, 0, 0, 0).Inverse());
    }

    private static Vector2[] Points(float[][] values) => [.. values.Select(value => new Vector2(value[0], value[1]))];

    internal sealed record Case(float[][] From, float[][] To, double A, double B, double Tx, double Ty);
}
