using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Vision.Quality;

/// <summary>
/// Judges by plain measures whether a face is worth an embedding. Exposure: with m the mean luminance and c the share of
/// pixels at most <see cref="Black"/> or at least <see cref="White"/>, it is min(1, (m - 20) / 50, (250 - m) / 60), not below
/// 0, times (1 - c). Nothing is allocated.
/// </summary>
public static class FaceQuality
{
    /// <summary>Shorter side of a box, in pixels, that has size 1.</summary>
    public const int FullSize = 112;

    /// <summary>
    /// Variance of the Laplacian at which sharpness is one half. Of 400 faces of LFW the median is 350 as they are, 142, 39
    /// and 15 after a Gaussian blur of 1, 2 and 3 pixels (of the 112 of an aligned face).
    /// </summary>
    public const float SharpnessHalf = 50;

    /// <summary>Luminance up to which a pixel counts as clipped to black.</summary>
    public const int Black = 5;

    /// <summary>Luminance from which on a pixel counts as clipped to white.</summary>
    public const int White = 250;

    /// <summary>Measures one face.</summary>
    /// <param name="bgr">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    /// <param name="box">In pixels of the frame; may reach outside. A box without area or with a value that is not finite scores 0.</param>
    /// <param name="landmarks">In pixels of the frame; null leaves the pose unjudged.</param>
    /// <param name="detectionScore">0..1, clamped to it.</param>
    /// <exception cref="ArgumentException">The frame has another format.</exception>
    public static FaceQualityScore Measure(Frame bgr, FaceBox box, Landmarks5? landmarks, float detectionScore)
    {
        FrameGuard.HasFormat(bgr, PixelFormat.Bgr24, nameof(bgr));
        if (!float.IsFinite(box.X) || !float.IsFinite(box.Y) || !float.IsFinite(box.Area) || !(box.Area > 0))
            return default;
        var visible = box.ClipTo(bgr.Width, bgr.Height);
        if (!(visible.Area > 0))
            return default;

        Span<byte> face = stackalloc byte[FaceThumbnail.Length];
        FaceThumbnail.Sample(bgr, visible, face);
        var variance = LaplacianVariance(face);
        var (mean, clipped) = Luminance(face);

        var size = Math.Min(1, MathF.Min(box.Width, box.Height) / FullSize);
        var sharpness = variance / (variance + SharpnessHalf);
        var exposure = Math.Clamp(MathF.Min((mean - 20) / 50, (250 - mean) / 60), 0, 1) * (1 - clipped);
        var pose = landmarks is { } points ? FacePose.Frontalness(points) : 1;
        var inFrame = Math.Clamp(visible.Area / box.Area, 0, 1);
        var score = detectionScore > 0 ? Math.Min(1, detectionScore) : 0;
        var total = MathF.Pow(size * sharpness * exposure * pose * inFrame * score, 1 / 6f);
        return new FaceQualityScore(total, size, sharpness, exposure, pose, inFrame) { SharpnessVariance = variance, MeanLuminance = mean };
    }

    private static (float Mean, float Clipped) Luminance(ReadOnlySpan<byte> face)
    {
        int sum = 0, clipped = 0;
        foreach (var level in face)
        {
            sum += level;
            clipped += level is <= Black or >= White ? 1 : 0;
        }

        return ((float)sum / face.Length, (float)clipped / face.Length);
    }

    private static float LaplacianVariance(ReadOnlySpan<byte> face)
    {
        const int side = FaceThumbnail.Side;
        const int count = (side - 2) * (side - 2);
        long sum = 0, squares = 0;
        for (var y = 1; y < side - 1; y++)
        {
            var above = face.Slice((y - 1) * side, side);
            var row = face.Slice(y * side, side);
            var below = face.Slice((y + 1) * side, side);
            for (var x = 1; x < side - 1; x++)
            {
                var value = above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x];
                sum += value;
                squares += value * value;
            }
        }

        var mean = (double)sum / count;
        return (float)((double)squares / count - mean * mean);
    }
}
