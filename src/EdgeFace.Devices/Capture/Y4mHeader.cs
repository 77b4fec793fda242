using System.Globalization;
using System.Text;

namespace EdgeFace.Devices;

/// <summary>
/// First line of a YUV4MPEG2 stream, such as <c>YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg</c>. Chosen over rawvideo with
/// ffprobe: it states the size of exactly the pictures that follow, needs no second connection to the camera, and the marker
/// before each picture shows at once when the two sides disagree.
/// </summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">0 when unknown.</param>
internal readonly record struct Y4mHeader(int Width, int Height, double FramesPerSecond)
{
    public const int MaxLength = 256;

    /// <summary>Stands before each picture.</summary>
    public static ReadOnlySpan<byte> FrameMarker => "FRAME\n"u8;

    /// <param name="line">Without the end of line.</param>
    /// <param name="header">What it says.</param>
    /// <returns>False for anything but 4:2:0 with 8 bits.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out Y4mHeader header)
    {
        header = default;
        var fields = Encoding.ASCII.GetString(line).Split(' ');
        if (fields[0] != "YUV4MPEG2")
            return false;
        int width = 0, height = 0;
        double rate = 0;
        foreach (var field in fields.Where(field => field.Length > 1).Skip(1))
        {
            var value = field[1..];
            if (field[0] == 'W')
                _ = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out width);
            else if (field[0] == 'H')
                _ = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out height);
            else if (field[0] == 'F')
                rate = Ratio(value);
            else if (field[0] == 'C' && value is not ("420" or "420jpeg" or "420mpeg2" or "420paldv"))
                return false;
        }

        header = new Y4mHeader(width, height, rate);
        return width is > 0 and <= FfmpegSourceOptions.MaxSide && height is > 0 and <= FfmpegSourceOptions.MaxSide;
    }

    private static double Ratio(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && int.TryParse(value.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var top)
            && int.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bottom)
            && bottom > 0
            ? (double)top / bottom
            : 0;
    }
}
