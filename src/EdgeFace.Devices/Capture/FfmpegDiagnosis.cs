using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeFace.Devices;

/// <summary>Says in one line why the child gave up and what to do, from the last lines it wrote.</summary>
internal static partial class FfmpegDiagnosis
{
    private const int MaxQuote = 200;

    // The first that fits wins: what is said about the camera comes before what follows from it.
    private static readonly Rule[] Rules =
    [
        new("Unrecognized option", "this ffmpeg is too old", "install version 5.1 or newer (Debian 12: apt-get install ffmpeg)"),
        new("unknown keyword 'option'", "this ffmpeg is too old", "install version 5.1 or newer (Debian 12: apt-get install ffmpeg)"),
        new("Unknown input format", "this ffmpeg was built without that kind of input", "install the distribution's one: apt-get install ffmpeg"),
        new("Protocol not found", "this ffmpeg was built without that protocol", "install the distribution's one: apt-get install ffmpeg"),
        new("401 Unauthorized", "user name or password is missing or wrong", "check them in the address (special characters encoded: @ as %40)", CaptureKind.Url),
        new("403 Forbidden", "the user may not see this stream", "check the user's rights in the camera", CaptureKind.Url),
        new("404 Not Found", "the camera has no stream of that name", "check the path in the address; the camera's manual names it", CaptureKind.Url),
        new("454 Session Not Found", "the camera ended the session", "it is opened anew; check how many viewers the camera allows", CaptureKind.Url),
        new("Connection refused", "nothing listens there", "check host and port, and that the camera is on", CaptureKind.Url),
        new("No route to host", "the host cannot be reached", "check the network, and that the camera is on", CaptureKind.Url),
        new("Network is unreachable", "the network cannot be reached", "check the network of this board", CaptureKind.Url),
        new("Connection timed out", "the host does not answer", "check the address, and that the camera is on", CaptureKind.Url),
        new("Failed to resolve hostname", "the host name is unknown", "check the name, or use the IP address", CaptureKind.Url),
        new("Permission denied", "no permission to open it", "add the user that runs this program to the group video: usermod -aG video USER", CaptureKind.Device),
        new("Device or resource busy", "another program uses it", "find and end that program: fuser -v /dev/video*", CaptureKind.Device),
        new("No such file or directory", "there is no such device", "plug the camera in; ls /dev/video* shows what is there", CaptureKind.Device),
        new("No such device", "the device is gone", "plug the camera in again; ls /dev/video* shows what is there", CaptureKind.Device),
        new("Not a video capture device", "it gives no pictures", "use another one: ls /dev/video* shows what is there", CaptureKind.Device),
        new("Inappropriate ioctl", "it is no camera", "use another one: ls /dev/video* shows what is there", CaptureKind.Device),
        new("Cannot find a proper format", "the camera does not know that DeviceFormat", "see v4l2-ctl --list-formats-ext"),
        new("No such file or directory", "there is no such file", "check the path", CaptureKind.File),
        new("Permission denied", "no permission to read it", "check the rights of the file and its folders", CaptureKind.File),
        new("Is a directory", "it is a folder", "name a file", CaptureKind.File),
        new("matches no streams", "it holds no pictures", "use a video"),
        new("no decoder found", "ffmpeg has no decoder for its codec", "convert it, or set the camera to H.264"),
        new("no decoder could be found", "ffmpeg has no decoder for its codec", "convert it, or set the camera to H.264"),
        new("Could not find codec parameters", "its codec is unknown or its first pictures are broken", "convert it, or set the camera to H.264"),
        new("Invalid data found", "it is no video that ffmpeg can read", "check that it is whole, or convert it"),
    ];

    /// <returns>The whole line, such as "rtsp://***@cam/live: nothing listens there; check host and port, ... (ffmpeg: ...)".</returns>
    public static string Explain(CaptureInput input, IReadOnlyList<string> lines, int? exitCode)
    {
        foreach (var rule in Rules)
        {
            if ((rule.Kind ?? input.Kind) != input.Kind)
                continue;
            if (lines.LastOrDefault(line => line.Contains(rule.Needle, StringComparison.Ordinal)) is { } found)
                return $"{input.Description}: {rule.Problem}; {rule.Advice} (ffmpeg: {Quote(found)})";
        }

        var ended = exitCode is null ? "ffmpeg did not end by itself"
            : string.Create(CultureInfo.InvariantCulture, $"ffmpeg ended with exit code {exitCode}");
        return $"{input.Description}: {ended}{Because(lines)}";
    }

    /// <summary>The last error that the child reported, as a clause to add; empty when there is none.</summary>
    public static string Because(IReadOnlyList<string> lines)
    {
        var error = lines.LastOrDefault(line => Severe().IsMatch(line));
        return error is null ? "" : $" (ffmpeg: {Quote(error)})";
    }

    private static string Quote(string line)
    {
        var text = Prefix().Replace(line, "").Trim();
        return text.Length <= MaxQuote ? text : text[..MaxQuote] + " ...";
    }

    [GeneratedRegex(@"\[(error|fatal|panic)\]")]
    private static partial Regex Severe();

    // [rtsp @ 0x55c3..] [error]
    [GeneratedRegex(@"^(\[[^\]]*\] ?)+")]
    private static partial Regex Prefix();

    /// <param name="Needle">What ffmpeg or the C library says.</param>
    /// <param name="Problem">In the user's words.</param>
    /// <param name="Advice">What to do.</param>
    /// <param name="Kind">Only for this kind of input; null for all.</param>
    private sealed record Rule(string Needle, string Problem, string Advice, CaptureKind? Kind = null);
}
