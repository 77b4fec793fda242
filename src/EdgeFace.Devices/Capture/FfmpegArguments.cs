using System.Globalization;
using System.Text;

namespace EdgeFace.Devices;

/// <summary>The child's command line, and what it reads from its standard input. Written for ffmpeg 5.1 and newer.</summary>
internal static class FfmpegArguments
{
    /// <summary>Files without a stated limit: keeps a broken header (1000 frames/s) from repeating frames without end.</summary>
    private const double FileRateLimit = 60;

    public static List<string> Build(FfmpegSourceOptions options, CaptureInput input)
    {
        // verbose: only there does ffmpeg say that the pictures of a stream change their size (see FfmpegMessages).
        List<string> line = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+verbose"];
        switch (input.Kind)
        {
            case CaptureKind.File:
                AddFile(line, options, input);
                break;
            case CaptureKind.Device:
                AddDevice(line, options, input);
                break;
            case CaptureKind.Url:
                AddUrl(line);
                break;
        }

        AddOutput(line, options, input);
        return line;
    }

    /// <summary>
    /// The address of a network camera goes through the standard input, as a list of one entry for ffmpeg's concat demuxer:
    /// a command line is readable by everyone in /proc. Empty for other inputs.
    /// </summary>
    public static string StandardInput(FfmpegSourceOptions options, CaptureInput input)
    {
        if (input.Kind != CaptureKind.Url)
            return "";
        var list = new StringBuilder("ffconcat version 1.0\n");
        list.Append("file '").Append(input.Address.Replace("'", @"'\''", StringComparison.Ordinal)).Append("'\n");
        // Little to look at before the first frame: what is read to learn of the stream is shown late.
        list.Append("option probesize 65536\noption analyzeduration 500000\n");
        if (input.IsRtsp)
            list.Append("option rtsp_transport ").Append(options.Transport == RtspTransport.Udp ? "udp" : "tcp").Append('\n');
        return list.ToString();
    }

    private static void AddFile(List<string> line, FfmpegSourceOptions options, CaptureInput input)
    {
        if (options.Realtime)
            line.Add("-re");
        if (options.Loop != 0)
            line.AddRange(["-stream_loop", Number(options.Loop)]);
        if (options.StartSeconds > 0)
            line.AddRange(["-ss", Number(options.StartSeconds)]);
        if (options.DurationSeconds > 0)
            line.AddRange(["-t", Number(options.DurationSeconds)]);
        // "file:" so that no name is taken for another protocol of ffmpeg's; it also bars a playlist from reaching the network.
        line.AddRange(["-i", "file:" + input.Address]);
    }

    private static void AddDevice(List<string> line, FfmpegSourceOptions options, CaptureInput input)
    {
        line.AddRange(["-fflags", "nobuffer", "-flags", "low_delay", "-f", "v4l2"]);
        if (options.DeviceFormat is { } format)
            line.AddRange(["-input_format", format]);
        if (options.DeviceWidth > 0)
            line.AddRange(["-video_size", $"{Number(options.DeviceWidth)}x{Number(options.DeviceHeight)}"]);
        if (options.DeviceFramesPerSecond > 0)
            line.AddRange(["-framerate", Number(options.DeviceFramesPerSecond)]);
        line.AddRange(["-i", input.Address]);
    }

    private static void AddUrl(List<string> line) => line.AddRange([
        // No "file": what a hostile server sends (a playlist, say) cannot make ffmpeg read local files.
        "-protocol_whitelist", "pipe,rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,crypto",
        "-fflags", "nobuffer", "-flags", "low_delay", "-f", "concat", "-safe", "0", "-i", "pipe:0"]);

    private static void AddOutput(List<string> line, FfmpegSourceOptions options, CaptureInput input) => line.AddRange([
        "-map", "0:v:0", "-an", "-sn", "-dn",
        "-vf", Filters(options, input),
        // Otherwise ffmpeg repeats and drops frames to even out the rate.
        "-fps_mode", "passthrough",
        "-flush_packets", "1", "-f", "yuv4mpegpipe", "pipe:1"]);

    private static string Filters(FfmpegSourceOptions options, CaptureInput input)
    {
        var rate = options.FramesPerSecond;
        // A file gets an even rate, so that frame index / rate is its time also when the recording's rate varied. A live
        // stream only loses frames: one is kept in each cell of 1/rate seconds, and none is repeated.
        var rateFilter = input.IsLive
            ? rate > 0 ? $"select='isnan(t)+isnan(prev_selected_t)+gt(floor(t*{Number(rate)}+0.001),floor(prev_selected_t*{Number(rate)}+0.001))'," : ""
            : $"fps=fps='if(gt(source_fps,0),min(source_fps,{Number(rate > 0 ? rate : FileRateLimit)}),25)',";
        var size = (options.Width, options.Height) switch
        {
            (0, 0) => "trunc(iw/2)*2:trunc(ih/2)*2",
            (var width, 0) => $"{Number(width)}:-2",
            (0, var height) => $"-2:{Number(height)}",
            var (width, height) => $"{Number(width)}:{Number(height)}",
        };
        // What PixelFormat.I420 promises: BT.601, limited range. MJPEG comes in full range, HD often in BT.709.
        return $"{rateFilter}scale={size}:out_range=tv:out_color_matrix=bt601,format=yuv420p";
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
