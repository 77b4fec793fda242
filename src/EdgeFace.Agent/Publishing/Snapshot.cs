using System.Globalization;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Vision.Drawing;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Publishing;

/// <summary>Draws the outcome of a visit onto its best frame.</summary>
internal static class Snapshot
{
    private static readonly Rgb Known = new(40, 200, 80);
    private static readonly Rgb Unknown = new(235, 120, 30);
    private static readonly Rgb Undecided = new(150, 150, 150);

    public static Rgb ColorOf(VisitDecision decision) => decision switch
    {
        VisitDecision.Known => Known,
        VisitDecision.Unknown => Unknown,
        _ => Undecided,
    };

    /// <summary>Box and label, on the frame itself.</summary>
    public static void Annotate(Frame bgr, FaceBox box, string label, Rgb color)
    {
        var thickness = Math.Max(1, bgr.Width / 320);
        var scale = Math.Max(1, bgr.Width / 320);
        Painter.Box(bgr, box, color, thickness);
        var (_, height) = Painter.MeasureText(label, scale);
        var above = (int)box.Y - height - 2 * thickness;
        Painter.Text(bgr, (int)Math.Max(0, box.X), above >= 0 ? above : (int)box.Bottom + 2 * thickness, label, color, scale, new Rgb(0, 0, 0));
    }

    public static string Label(VisitEvent visitEvent)
    {
        var who = visitEvent.Person?.Name ?? visitEvent.Decision.ToString().ToLowerInvariant();
        return visitEvent.Similarity is { } similarity ? string.Create(CultureInfo.InvariantCulture, $"{who} {similarity:0.00}") : who;
    }

    /// <summary>A copy of the scene with the outcome, as a JPEG file.</summary>
    public static void Write(string path, Frame scene, FaceBox box, VisitEvent visitEvent) => JpegWriter.Write(Draw(scene, box, visitEvent), path);

    /// <summary>A copy of the scene with the outcome.</summary>
    public static Frame Draw(Frame scene, FaceBox box, VisitEvent visitEvent)
    {
        var copy = new Frame(scene.Width, scene.Height, PixelFormat.Bgr24);
        scene.Pixels.CopyTo(copy.Pixels.AsSpan());
        Annotate(copy, box, Label(visitEvent), ColorOf(visitEvent.Decision));
        return copy;
    }
}
