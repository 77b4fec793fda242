using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeFace.TestKit.Capture;

/// <summary>What a <see cref="ReplayCamera"/> shows and whom it lets in.</summary>
public sealed record ReplayCameraOptions
{
    /// <summary>ffmpeg input arguments: <see cref="NumberedClip.Input"/>, or "-stream_loop -1 -i film.mp4". Shown at its own pace.</summary>
    public IReadOnlyList<string> Input { get; init; } = NumberedClip.Input(320, 240, 10);

    /// <summary>ffmpeg codec arguments. Default: H.264 with a key frame every 5 frames and no frames ahead.</summary>
    public IReadOnlyList<string> Codec { get; init; } =
        ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "5"];

    /// <summary>Path of the stream; others are answered 404.</summary>
    public string Path { get; init; } = "/live";

    /// <summary>With a user, others are answered 401 (Basic authentication).</summary>
    public string? User { get; init; }

    public string? Password { get; init; }
}

/// <summary>
/// A network camera on the loopback: a small RTSP server, with RTP inside the connection or over UDP as the viewer wants,
/// whose pictures a real ffmpeg encodes.
/// </summary>
public sealed class ReplayCamera : IDisposable
{
    private const int MinPacket = 8; // an RTCP receiver report without blocks

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly UdpClient _rtp;
    private readonly UdpClient _rtcp;
    private readonly Process _encoder;
    private readonly TemporaryFolder _folder = new();
    private readonly List<RtspViewer> _viewers = [];
    private readonly Lock _lock = new();
    private int _framesSent;
    private volatile bool _paused;

    public ReplayCamera(ReplayCameraOptions? options = null)
    {
        Options = options ?? new ReplayCameraOptions();
        (_rtp, _rtcp) = BindPair();
        _listener.Start();
        var sdp = _folder.File("stream.sdp");
        var port = ((IPEndPoint)_rtp.Client.LocalEndPoint!).Port;
        _encoder = FfmpegTool.Start([
            "-re", .. Options.Input, "-an", .. Options.Codec, "-sdp_file", sdp,
            "-f", "rtp", string.Create(CultureInfo.InvariantCulture, $"rtp://127.0.0.1:{port}?pkt_size=1200")]);
        Run(() => Forward(_rtp, channel: 0));
        Run(() => Forward(_rtcp, channel: 1));
        Sdp = WaitForSdp(sdp);
        Run(Accept);
    }

    public ReplayCameraOptions Options { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>With user and password when the camera wants them.</summary>
    public string Url => Options.User is null ? UrlFor("") : UrlFor($"{Uri.EscapeDataString(Options.User)}:{Uri.EscapeDataString(Options.Password ?? "")}@");

    /// <summary>How many viewers were let in so far.</summary>
    public int Admitted { get; private set; }

    /// <summary>How many viewers said goodbye (TEARDOWN).</summary>
    public int Goodbyes { get; private set; }

    /// <summary>Whole frames that left the encoder, seen by a viewer or not (RTP marker bits).</summary>
    public int FramesSent => Volatile.Read(ref _framesSent);

    internal string Sdp { get; }

    public string UrlFor(string userInfo) =>
        string.Create(CultureInfo.InvariantCulture, $"rtsp://{userInfo}127.0.0.1:{Port}{Options.Path}");

    /// <summary>Stops sending without a word, as a camera does that hangs; connections stay open.</summary>
    public void Hang() => _paused = true;

    public void Resume() => _paused = false;

    /// <summary>Breaks all connections, as a camera does that starts anew.</summary>
    public void Hangup()
    {
        lock (_lock)
        {
            _viewers.ForEach(viewer => viewer.Dispose());
            _viewers.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Hangup();
        _encoder.Kill();
        _encoder.WaitForExit();
        _encoder.Dispose();
        _rtp.Dispose();
        _rtcp.Dispose();
        _folder.Dispose();
    }

    internal void Leave(RtspViewer viewer, bool goodbye)
    {
        lock (_lock)
        {
            _viewers.Remove(viewer);
            Goodbyes += goodbye ? 1 : 0;
        }
    }

    internal void Admit(RtspViewer viewer)
    {
        lock (_lock)
        {
            _viewers.Add(viewer);
            Admitted++;
        }
    }

    /// <summary>RTP wants an even port and the odd one after it.</summary>
    private static (UdpClient Rtp, UdpClient Rtcp) BindPair()
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var first = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)first.Client.LocalEndPoint!).Port;
            try
            {
                if (port % 2 == 0)
                    return (first, new UdpClient(new IPEndPoint(IPAddress.Loopback, port + 1)));
            }
            catch (SocketException)
            {
                // The odd one is taken: another pair.
            }

            first.Dispose();
        }

        throw new InvalidOperationException("No two free UDP ports side by side.");
    }

    private static void Run(Action work) => new Thread(() =>
    {
        try
        {
            work();
        }
        catch (Exception closed) when (closed is SocketException or IOException or ObjectDisposedException)
        {
            // The camera is being switched off.
        }
    }) { IsBackground = true, Name = "replay camera" }.Start();

    private string WaitForSdp(string path)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (File.Exists(path) && File.ReadAllText(path) is var text && text.Contains("m=video", StringComparison.Ordinal) && text.EndsWith('\n'))
                return text[text.IndexOf("v=0", StringComparison.Ordinal)..];
            Thread.Sleep(50);
        }

        _encoder.Kill();
        throw new InvalidOperationException($"The camera's encoder gave no stream description: {_encoder.StandardError.ReadToEnd()}");
    }

    private void Accept()
    {
        while (true)
        {
            var viewer = new RtspViewer(this, _listener.AcceptTcpClient());
            Run(viewer.Serve);
        }
    }

    private void Forward(UdpClient socket, byte channel)
    {
        IPEndPoint? from = null;
        while (true)
        {
            var packet = socket.Receive(ref from);
            // Empty ones arrive when the socket is being closed.
            if (_paused || packet.Length < MinPacket)
                continue;
            if (channel == 0 && (packet[1] & 0x80) != 0)
                Interlocked.Increment(ref _framesSent);
            lock (_lock)
            {
                foreach (var viewer in _viewers)
                    viewer.Send(channel, packet);
            }
        }
    }
}
