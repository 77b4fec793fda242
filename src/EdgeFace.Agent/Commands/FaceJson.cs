using EdgeFace.Core.Faces;

namespace EdgeFace.Agent.Commands;

/// <summary>A box as commands print it, in pixels of the picture.</summary>
internal sealed record FaceJson(float X, float Y, float Width, float Height)
{
    public static FaceJson Of(FaceBox box) => new(Round(box.X), Round(box.Y), Round(box.Width), Round(box.Height));

    public override string ToString() => FormattableString.Invariant($"{Width:0}x{Height:0} at {X:0},{Y:0}");

    private static float Round(float value) => MathF.Round(value, 1);
}
