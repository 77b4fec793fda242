using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.Inference;

/// <summary>Turns the output tensors of one family of detectors into boxes; the manifest's <c>decoder</c> names the family.</summary>
internal abstract class DetectionDecoder
{
    /// <summary>The most boxes that <see cref="Decode"/> can find.</summary>
    public abstract int Capacity { get; }

    /// <summary>Writes the boxes of at least this score, in pixels of the model's input, before any suppression.</summary>
    /// <param name="session">Has run.</param>
    /// <param name="results">At least <see cref="Capacity"/> long.</param>
    /// <returns>How many were written.</returns>
    public abstract int Decode(BoundSession session, float scoreThreshold, Span<FaceDetection> results);

    /// <exception cref="InputException">The decoder is unknown, or the outputs are not its.</exception>
    public static DetectionDecoder For(ModelPackage package) => package.Manifest.Decoder switch
    {
        RfbDecoder.Name => new RfbDecoder(package),
        AnchorFreeDecoder.Name => new AnchorFreeDecoder(package),
        var other => throw new InputException($"{package.Folder}: decoder '{other}' is unknown; known are {RfbDecoder.Name}, {AnchorFreeDecoder.Name}."),
    };
}
