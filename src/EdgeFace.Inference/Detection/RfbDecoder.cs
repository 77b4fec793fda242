using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.Inference;

/// <summary>
/// RFB-320 and its relatives (Ultra-Light-Fast-Generic-Face-Detector-1MB): the priors are decoded inside the model.
/// Outputs: scores 1xNx2 (column 0 background, 1 face; a softmax), boxes 1xNx4 (left, top, right, bottom as fractions of
/// the input's width and height).
/// </summary>
internal sealed class RfbDecoder : DetectionDecoder
{
    public const string Name = "rfb";

    private readonly int _width;
    private readonly int _height;

    public RfbDecoder(ModelPackage package)
    {
        var outputs = package.Manifest.Outputs;
        if (outputs.Count != 2 || outputs[0].Shape is not [1, var scores, 2] || outputs[1].Shape is not [1, var boxes, 4] || scores != boxes)
            throw new InputException($"{package.Folder}: decoder {Name} needs the outputs scores [1, N, 2] and boxes [1, N, 4], in this order.");
        Capacity = scores;
        _width = package.Manifest.Input.Width;
        _height = package.Manifest.Input.Height;
    }

    public override int Capacity { get; }

    public override int Decode(BoundSession session, float scoreThreshold, Span<FaceDetection> results)
        => Decode(session.Output(0), session.Output(1), _width, _height, scoreThreshold, results);

    internal static int Decode(
        ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes, int width, int height, float scoreThreshold, Span<FaceDetection> results)
    {
        var found = 0;
        for (var i = 0; i < scores.Length / 2; i++)
        {
            var score = scores[2 * i + 1];
            if (!(score >= scoreThreshold))
                continue;
            var corners = boxes.Slice(4 * i, 4);
            var box = new FaceBox(
                corners[0] * width, corners[1] * height, (corners[2] - corners[0]) * width, (corners[3] - corners[1]) * height);
            if (box.Area > 0)
                results[found++] = new FaceDetection(box, score);
        }

        return found;
    }
}
