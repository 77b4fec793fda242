using System.Numerics;

namespace EdgeFace.Vision;

/// <summary>
/// Rotation, uniform scale and translation of the plane: x' = A x - B y + Tx, y' = B x + A y + Ty.
/// </summary>
/// <param name="A">scale * cos(angle).</param>
/// <param name="B">scale * sin(angle); positive turns x towards y, which is clockwise on a screen.</param>
public readonly record struct SimilarityTransform(float A, float B, float Tx, float Ty)
{
    /// <summary>Moves nothing.</summary>
    public static SimilarityTransform Identity => new(1, 0, 0, 0);

    /// <summary>The uniform scale, 0 or more.</summary>
    public float Scale => MathF.Sqrt(A * A + B * B);

    /// <summary>
    /// The transform that brings <paramref name="from"/> nearest to <paramref name="to"/> in the least-squares sense, without
    /// reflection (Umeyama 1991, eq. 40-43; in the plane its solution is the complex regression used here).
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than two points, different counts, a value that is not finite, or points
    /// that determine no transform: all of one side in one place, or a mirror image that no rotation comes near.</exception>
    public static SimilarityTransform Estimate(ReadOnlySpan<Vector2> from, ReadOnlySpan<Vector2> to)
    {
        if (from.Length != to.Length)
            throw new ArgumentException($"As many points are needed on both sides, not {from.Length} and {to.Length}.", nameof(to));
        if (from.Length < 2)
            throw new ArgumentException("A similarity needs at least two pairs of points.", nameof(from));
        if (!TryEstimate(from, to, out var transform))
            throw new ArgumentException("The points determine no similarity: they coincide, mirror each other, or are not finite.", nameof(from));
        return transform;
    }

    /// <summary>As <see cref="Estimate"/>, for points of a model that may be degenerate: says so instead of throwing.</summary>
    public static bool TryEstimate(ReadOnlySpan<Vector2> from, ReadOnlySpan<Vector2> to, out SimilarityTransform transform)
    {
        transform = default;
        if (from.Length != to.Length || from.Length < 2)
            return false;

        var (fromX, fromY) = Mean(from);
        var (toX, toY) = Mean(to);
        double along = 0, across = 0, fromSpread = 0, toSpread = 0;
        for (var i = 0; i < from.Length; i++)
        {
            var (x, y) = (from[i].X - fromX, from[i].Y - fromY);
            var (u, v) = (to[i].X - toX, to[i].Y - toY);
            along += x * u + y * v;
            across += x * v - y * u;
            fromSpread += x * x + y * y;
            toSpread += u * u + v * v;
        }

        // |along + i across|^2 <= fromSpread * toSpread; far below that there is no common direction but rounding noise.
        var agreement = along * along + across * across;
        if (!double.IsFinite(agreement) || !(fromSpread > 0) || !(toSpread > 0) || agreement <= 1e-12 * fromSpread * toSpread)
            return false;

        var (a, b) = (along / fromSpread, across / fromSpread);
        transform = new SimilarityTransform((float)a, (float)b, (float)(toX - a * fromX + b * fromY), (float)(toY - b * fromX - a * fromY));
        return true;
    }

    public Vector2 Apply(Vector2 point) => new(A * point.X - B * point.Y + Tx, B * point.X + A * point.Y + Ty);

    /// <summary>The way back.</summary>
    /// <exception cref="InvalidOperationException">The scale is 0 or not finite.</exception>
    public SimilarityTransform Inverse()
    {
        var square = (double)A * A + (double)B * B;
        if (!double.IsNormal(square))
            throw new InvalidOperationException("A transform with scale 0 or a scale that is not finite has no inverse.");
        var (a, b) = (A / square, -B / square);
        return new SimilarityTransform((float)a, (float)b, (float)(-a * Tx + b * Ty), (float)(-b * Tx - a * Ty));
    }

    private static (double X, double Y) Mean(ReadOnlySpan<Vector2> points)
    {
        double x = 0, y = 0;
        foreach (var point in points)
        {
            x += point.X;
            y += point.Y;
        }

        return (x / points.Length, y / points.Length);
    }
}
