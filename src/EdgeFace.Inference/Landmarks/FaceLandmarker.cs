using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision;

namespace EdgeFace.Inference;

/// <summary>
/// Finds the five alignment points of a face by way of the 68 points of iBUG (Sagonas et al. 2016). Not for several threads
/// at once.
/// </summary>
public sealed class FaceLandmarker : IDisposable
{
    private readonly BoundSession _session;
    private readonly ModelInput _tensor;
    private readonly LandmarkCrop _crop;
    private readonly Frame _input;

    /// <exception cref="InputException">The package is not a landmark model, or its file does not fit its manifest.</exception>
    public FaceLandmarker(ModelPackage package, InferenceOptions options)
    {
        var manifest = package.Require(ModelKind.Landmarks).Manifest;
        if (manifest.Outputs is not [{ Shape: [1, 2 * IbugPoints.Count] }])
            throw new InputException($"{package.Folder}: a landmark model needs one output of [1, {2 * IbugPoints.Count}]: x and y of {IbugPoints.Count} points.");
        _session = BoundSession.Open(package, options);
        _tensor = manifest.Input;
        _crop = manifest.Crop!;
        _input = new Frame(_tensor.Width, _tensor.Height, PixelFormat.Bgr24);
        ModelId = package.Id;
    }

    /// <summary>The model's identity, see <see cref="ModelPackage.Id"/>.</summary>
    public string ModelId { get; }

    /// <summary>Side in pixels of the square that the model sees.</summary>
    public int InputSize => _tensor.Width;

    /// <summary>Finds the points of the face in a box. Allocates nothing.</summary>
    /// <param name="bgr">A frame of any size, <see cref="PixelFormat.Bgr24"/>.</param>
    /// <param name="box">As the detector gave it; may reach outside the frame.</param>
    /// <returns>Points in pixels of the frame. They are a guess of a face's shape even where there is no face.</returns>
    public Landmarks5 Locate(Frame bgr, FaceBox box)
    {
        var size = MathF.Sqrt(box.Area);
        if (!(size > 0) || !float.IsFinite(size))
            throw new ArgumentException("The box has no area.", nameof(box));
        var side = _crop.Scale * size;
        var left = box.CenterX - side / 2;
        var top = box.CenterY + _crop.ShiftY * size - side / 2;

        Warper.Crop(bgr, left, top, side, side, _input);
        _session.Run(_input);
        return IbugPoints.ToFive(_session.Output(0), left, top, side);
    }

    public void Dispose() => _session.Dispose();
}
