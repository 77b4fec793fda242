using System.Numerics;
using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.Inference;

/// <summary>
/// YuNet (Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face Detector", and OpenCV's FaceDetectorYN from 4.8 on) and every
/// head of its form, see <see cref="AnchorFreeHead"/>: one candidate per cell and no anchors. For the cell in column c and
/// row r of stride s: score = sqrt(cls * obj), or the single score as it is, or 1 / (1 + exp(-logit)); centre = ((c + dx) s, (r + dy) s);
/// size = (exp(dw) s, exp(dh) s); point i = ((c + x_i) s, (r + y_i) s), in the order of <see cref="Landmarks5"/>.
/// </summary>
internal sealed class AnchorFreeDecoder : DetectionDecoder
{
    public const string Name = "yunet";

    private readonly HeadLevel[] _levels;

    /// <exception cref="InputException">The manifest's outputs are not such a head.</exception>
    public AnchorFreeDecoder(ModelPackage package)
    {
        _levels = [.. AnchorFreeHead.Read(package)];
        Capacity = _levels.Sum(level => level.Cells);
    }

    public override int Capacity { get; }

    public override int Decode(BoundSession session, float scoreThreshold, Span<FaceDetection> results)
    {
        var found = 0;
        foreach (var level in _levels)
        {
            var objectness = level.Objectness is { } map ? session.Output(map.Output) : default;
            var points = level.Points is { } shape ? session.Output(shape.Output) : default;
            found += Decode(
                level, session.Output(level.Score.Output), objectness, session.Output(level.Box.Output), points, scoreThreshold, results[found..]);
        }

        return found;
    }

    /// <summary>The candidates of one stride.</summary>
    /// <param name="objectness">Empty for heads with a single score.</param>
    /// <param name="points">Empty for heads without points.</param>
    internal static int Decode(
        HeadLevel level,
        ReadOnlySpan<float> scores,
        ReadOnlySpan<float> objectness,
        ReadOnlySpan<float> boxes,
        ReadOnlySpan<float> points,
        float scoreThreshold,
        Span<FaceDetection> results)
    {
        var found = 0;
        // A logit is compared as it is, so that only faces pay for the exponential.
        var least = level.ScoreIsLogit ? Logit(scoreThreshold) : scoreThreshold;
        for (int row = 0, cell = 0; row < level.Rows; row++)
        {
            for (var column = 0; column < level.Columns; column++, cell++)
            {
                var score = scores[cell * level.Score.CellStep + level.Score.Start];
                if (level.Objectness is { } map)
                    score = MathF.Sqrt(Math.Clamp(score, 0, 1) * Math.Clamp(objectness[cell * map.CellStep + map.Start], 0, 1));
                // Written so that a score that is no number is left out.
                if (!(score >= least))
                    continue;
                if (level.ScoreIsLogit)
                    score = 1 / (1 + MathF.Exp(-score));
                var box = Box(level, boxes, cell, column, row);
                if (!(box.Area > 0))
                    continue;
                Landmarks5? landmarks = level.Points is { } at ? Points(level, at, points, cell, column, row) : null;
                results[found++] = new FaceDetection(box, MathF.Min(score, 1), landmarks);
            }
        }

        return found;
    }

    private static float Logit(float p) => MathF.Log(p / (1 - p));

    private static FaceBox Box(HeadLevel level, ReadOnlySpan<float> boxes, int cell, int column, int row)
    {
        var first = cell * level.Box.CellStep + level.Box.Start;
        var step = level.Box.ChannelStep;
        var width = MathF.Exp(boxes[first + 2 * step]) * level.Stride;
        var height = MathF.Exp(boxes[first + 3 * step]) * level.Stride;
        var centerX = (column + boxes[first]) * level.Stride;
        var centerY = (row + boxes[first + step]) * level.Stride;
        return new FaceBox(centerX - width / 2, centerY - height / 2, width, height);
    }

    private static Landmarks5 Points(HeadLevel level, HeadMap map, ReadOnlySpan<float> points, int cell, int column, int row)
    {
        var first = cell * map.CellStep + map.Start;
        var step = map.ChannelStep;
        return new Landmarks5(
            Point(points, first, step), Point(points, first + 2 * step, step), Point(points, first + 4 * step, step),
            Point(points, first + 6 * step, step), Point(points, first + 8 * step, step));

        Vector2 Point(ReadOnlySpan<float> values, int x, int y) => new((column + values[x]) * level.Stride, (row + values[x + y]) * level.Stride);
    }
}
