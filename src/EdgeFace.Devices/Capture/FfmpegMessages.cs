using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFace.Devices.Native;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Devices;

/// <summary>
/// Reads what the child writes to its standard error: each line goes, without passwords, to the log at Debug; the last ones
/// are kept to explain an end; a change of the picture size is noticed.
/// </summary>
internal sealed partial class FfmpegMessages
{
    private const int KeptLines = 40;

    private readonly CaptureInput _input;
    private readonly ILogger _log;
    private readonly LineRing _last = new(KeptLines);
    private readonly Stream _stream;
    private readonly Thread _thread;
    private string? _size;
    private volatile string? _changedSize;

    public FfmpegMessages(Stream stream, CaptureInput input, ILogger log)
    {
        _stream = stream;
        _input = input;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "ffmpeg messages" };
        _thread.Start();
    }

    /// <summary>
    /// The new size, such as 640x480, once the decoded pictures have another one than at the start. ffmpeg then scales them
    /// to the first size, with distorted faces, and says so in this line only; a version that words it otherwise leaves it at that.
    /// </summary>
    public string? ChangedSize => _changedSize;

    public IReadOnlyList<string> Last => _last.Snapshot();

    /// <summary>Waits until the child's last words are in.</summary>
    public void Finish(TimeSpan limit) => _thread.Join(limit);

    private void Run()
    {
        var lines = new LineSplitter(OnLine);
        var buffer = new byte[4096];
        try
        {
            while (_stream.Read(buffer) is var count and > 0)
                lines.Append(buffer.AsSpan(0, count));
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            Log.MessagesClosed(_log, closed);
        }

        lines.Flush();
    }

    private void OnLine(string raw)
    {
        var line = _input.Redact(raw);
        _last.Add(line);
        Log.FfmpegLine(_log, line);
        if (InputSize().Match(line) is not { Success: true } match)
            return;
        var size = string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}x{match.Groups[2].Value}");
        _size ??= size;
        if (size != _size)
            _changedSize = size;
    }

    // [graph 0 input from stream 0:0 @ 0x55..] [verbose] w:640 h:480 pixfmt:yuv420p tb:1/90000 fr:25/1 sar:1/1
    [GeneratedRegex(@"^\[graph \d+ input from stream [^\]]*\] \[verbose\] w:(\d+) h:(\d+) ")]
    private static partial Regex InputSize();
}
