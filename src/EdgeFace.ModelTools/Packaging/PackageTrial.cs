using System.Numerics;
using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Inference;
using Microsoft.ML.OnnxRuntime;

namespace EdgeFace.ModelTools.Packaging;

/// <summary>Loads a package and runs it once, through the class that the agent uses for its kind.</summary>
internal static class PackageTrial
{
    private const int Side = 256;

    /// <exception cref="InputException">The agent would not take it.</exception>
    public static void Run(ModelPackage package)
    {
        var options = new InferenceOptions();
        var picture = Picture();
        switch (package.Manifest.Kind)
        {
            case ModelKind.Detector:
                Detect(package, picture, options);
                // What the file promises of other sizes is tried with one.
                if (package.Manifest.Input is { SizeMultiple: { } multiple } input)
                    Detect(package.At(new InputSize(input.Width + multiple, input.Height + 2 * multiple)), picture, options);
                break;
            case ModelKind.Landmarks:
                using (var landmarker = new FaceLandmarker(package, options))
                    landmarker.Locate(picture, new FaceBox(64, 64, 128, 128));
                break;
            default:
                using (var embedder = new FaceEmbedder(package, options))
                    Embed(embedder, picture, package);
                break;
        }
    }

    private static void Detect(ModelPackage package, Frame picture, InferenceOptions options)
    {
        using var detector = new FaceDetector(package, options);
        try
        {
            detector.Detect(picture, new FaceDetection[detector.Capacity]);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InputException(
                $"{package.Folder}: does not run with an input of {detector.InputWidth}x{detector.InputHeight} ({InferenceRuntime.OneLine(error.Message)}).", error);
        }
    }

    private static void Embed(FaceEmbedder embedder, Frame picture, ModelPackage package)
    {
        var aligned = new Frame(embedder.AlignedSize, embedder.AlignedSize, PixelFormat.Bgr24);
        var points = new Landmarks5(new Vector2(96, 104), new Vector2(160, 104), new Vector2(128, 140), new Vector2(104, 176), new Vector2(152, 176));
        if (!embedder.TryAlign(picture, points, aligned))
            throw new InputException($"{package.Folder}: its alignment points do not span a face.");
        try
        {
            embedder.Embed(aligned);
        }
        catch (ArgumentException error)
        {
            throw new InputException($"{package.Folder}: gives a vector without direction ({error.Message}).", error);
        }
    }

    /// <summary>A diagonal ramp: something else than one colour.</summary>
    private static Frame Picture()
    {
        var picture = new Frame(Side, Side, PixelFormat.Bgr24);
        for (var i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)((i / 3 % Side + i / 3 / Side) / 2);
        return picture;
    }
}
