using System.Globalization;
using EdgeFace.Core.Imaging;

namespace EdgeFace.TestKit.Capture;

/// <summary>
/// Pictures that carry their own number: frame N is evenly grey with luminance 16 + 4 * (N mod 50), which survives lossy
/// codecs. Tells lost, repeated and swapped frames.
/// </summary>
public static class NumberedClip
{
    /// <summary>Numbers begin again after so many frames.</summary>
    public const int Period = 50;

    /// <summary>The ffmpeg input arguments for such pictures.</summary>
    public static IReadOnlyList<string> Input(int width, int height, int framesPerSecond) => ["-f", "lavfi", "-i", string.Create(
        CultureInfo.InvariantCulture,
        $"nullsrc=size={width}x{height}:rate={framesPerSecond},geq=lum='16+4*mod(N,{Period})':cb=128:cr=128")];

    /// <summary>Writes a lossless film (FFV1 in Matroska) of so many frames.</summary>
    public static void Write(string path, int width, int height, int framesPerSecond, int frames) => FfmpegTool.Run([
        .. Input(width, height, framesPerSecond), "-frames:v", frames.ToString(CultureInfo.InvariantCulture),
        "-pix_fmt", "yuv420p", "-c:v", "ffv1", path]);

    /// <summary>The number that an I420 or Gray8 picture carries, 0..49, from the pixel in its middle.</summary>
    public static int NumberOf(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var luminance = frame.Pixels[frame.Height / 2 * frame.Width + frame.Width / 2];
        return (int)Math.Round((luminance - 16) / 4.0);
    }
}
