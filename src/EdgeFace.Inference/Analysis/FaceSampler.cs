using System.Numerics;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;

namespace EdgeFace.Inference;

/// <summary>
/// Shows a picture to the models, to each at the size from which it samples without picking pixels: what a large picture
/// gives is what the same picture, smaller, would give. All coordinates are in pixels of the picture shown. Pictures of one size
/// allocate nothing after the first. For one thread at a time; two threads that each use other models have a sampler each.
/// </summary>
public sealed class FaceSampler(FaceModels models)
{
    private readonly FramePyramid _pyramid = new();
    private Frame? _picture;

    /// <summary>The picture that the other members are about, <see cref="PixelFormat.Bgr24"/>; it must not change or go back
    /// to its pool before the next one is shown.</summary>
    public void Show(Frame bgr)
    {
        _picture = bgr;
        _pyramid.Reset(bgr);
    }

    /// <summary>Finds the faces, best score first.</summary>
    /// <returns>How many of <paramref name="results"/> were filled.</returns>
    public int Detect(Span<FaceDetection> results)
    {
        var detector = models.Detector;
        var shrink = MathF.Max((float)_picture!.Width / detector.InputWidth, (float)_picture.Height / detector.InputHeight);
        var level = _pyramid.For(shrink, out var scale);
        var count = detector.Detect(level, results);
        foreach (ref var face in results[..count])
        {
            var (x, y) = (1 / scale.X, 1 / scale.Y);
            face = face with { Box = Scale(face.Box, x, y), Landmarks = face.Landmarks is { } points ? Scale(points, x, y) : null };
        }

        return count;
    }

    /// <summary>Finds the alignment points of a face.</summary>
    public Landmarks5 Locate(FaceBox box)
    {
        var level = _pyramid.For(MathF.Sqrt(box.Area) / models.Landmarker.InputSize, out var scale);
        return Scale(models.Landmarker.Locate(level, Scale(box, scale.X, scale.Y)), 1 / scale.X, 1 / scale.Y);
    }

    /// <summary>Cuts a face out for the embedder.</summary>
    /// <param name="box">Tells how large the face is.</param>
    /// <param name="landmarks">Its points.</param>
    /// <param name="aligned">The embedder's aligned size squared, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <returns>False when the points span no face.</returns>
    public bool TryAlign(FaceBox box, Landmarks5 landmarks, Frame aligned)
    {
        var level = _pyramid.For(MathF.Sqrt(box.Area) / models.Embedder.AlignedSize, out var scale);
        return models.Embedder.TryAlign(level, Scale(landmarks, scale.X, scale.Y), aligned);
    }

    private static FaceBox Scale(FaceBox box, float x, float y) => new(box.X * x, box.Y * y, box.Width * x, box.Height * y);

    private static Landmarks5 Scale(Landmarks5 points, float x, float y)
    {
        var scale = new Vector2(x, y);
        return new(points.LeftEye * scale, points.RightEye * scale, points.Nose * scale, points.LeftMouth * scale, points.RightMouth * scale);
    }
}
