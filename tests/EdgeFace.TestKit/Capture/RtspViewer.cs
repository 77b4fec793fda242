using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeFace.TestKit.Capture;

/// <summary>One connection to a <see cref="ReplayCamera"/>: RFC 2326, as much of it as a player needs.</summary>
internal sealed partial class RtspViewer(ReplayCamera camera, TcpClient client) : IDisposable
{
    private readonly Lock _writing = new();
    private readonly NetworkStream _stream = client.GetStream();
    private UdpClient? _udp;
    private IPEndPoint[]? _udpTargets;

    public void Serve()
    {
        var goodbye = false;
        try
        {
            while (!goodbye && ReadRequest() is { } request)
                goodbye = Answer(request);
        }
        finally
        {
            camera.Leave(this, goodbye);
            Dispose();
        }
    }

    /// <param name="channel">0 for RTP, 1 for RTCP.</param>
    /// <param name="packet">As it came from the encoder.</param>
    public void Send(byte channel, byte[] packet)
    {
        try
        {
            if (_udpTargets is not null)
                _udp!.Send(packet, _udpTargets[channel]);
            else
                SendInterleaved(channel, packet);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // The viewer left; its own thread notices.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _udp?.Dispose();
    }

    private void SendInterleaved(byte channel, byte[] packet)
    {
        var framed = new byte[4 + packet.Length];
        framed[0] = (byte)'$';
        framed[1] = channel;
        BinaryPrimitives.WriteUInt16BigEndian(framed.AsSpan(2), (ushort)packet.Length);
        packet.CopyTo(framed.AsSpan(4));
        lock (_writing)
            _stream.Write(framed);
    }

    private List<string>? ReadRequest()
    {
        List<string> lines = [];
        while (true)
        {
            var line = ReadLine();
            if (line is null)
                return null;
            if (line.Length > 0)
                lines.Add(line);
            else if (lines.Count > 0)
                return lines;
        }
    }

    private string? ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            var next = _stream.ReadByte();
            if (next < 0)
                return null;
            if (next == '$' && line.Length == 0)
                SkipInterleaved();
            else if (next == '\n')
                return line.ToString();
            else if (next != '\r')
                line.Append((char)next);
        }
    }

    /// <summary>The player's own reports about reception.</summary>
    private void SkipInterleaved()
    {
        var head = new byte[3];
        _stream.ReadExactly(head);
        _stream.ReadExactly(new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1))]);
    }

    private bool Answer(List<string> request)
    {
        var words = request[0].Split(' ');
        if (!IsAllowed(request))
            Reply(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"camera\"\r\n");
        else if (words[0] == "OPTIONS")
            Reply(request, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n");
        else if (!new Uri(words[1]).AbsolutePath.StartsWith(camera.Options.Path, StringComparison.Ordinal))
            Reply(request, "404 Not Found", "");
        else
            AnswerMethod(words[0], request);
        return words[0] == "TEARDOWN";
    }

    private void AnswerMethod(string method, List<string> request)
    {
        switch (method)
        {
            case "DESCRIBE":
                Reply(request, "200 OK", "Content-Type: application/sdp\r\n", camera.Sdp);
                break;
            case "SETUP":
                SetUp(request);
                break;
            case "PLAY":
                Reply(request, "200 OK", "Session: 1\r\nRange: npt=0.000-\r\n");
                camera.Admit(this);
                break;
            case "TEARDOWN" or "GET_PARAMETER":
                Reply(request, "200 OK", "Session: 1\r\n");
                break;
            default:
                Reply(request, "405 Method Not Allowed", "");
                break;
        }
    }

    private void SetUp(List<string> request)
    {
        var transport = Header(request, "Transport");
        if (ClientPorts().Match(transport) is not { Success: true } ports)
        {
            Reply(request, "200 OK", "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
            return;
        }

        _udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var own = ((IPEndPoint)_udp.Client.LocalEndPoint!).Port;
        int PortOf(int group) => int.Parse(ports.Groups[group].Value, CultureInfo.InvariantCulture);
        _udpTargets = [new(IPAddress.Loopback, PortOf(1)), new(IPAddress.Loopback, PortOf(2))];
        Reply(request, "200 OK", string.Create(
            CultureInfo.InvariantCulture,
            $"Session: 1\r\nTransport: RTP/AVP;unicast;client_port={PortOf(1)}-{PortOf(2)};server_port={own}-{own + 1}\r\n"));
    }

    private bool IsAllowed(List<string> request)
    {
        if (camera.Options.User is null)
            return true;
        var expected = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{camera.Options.User}:{camera.Options.Password}"));
        return Header(request, "Authorization") == "Basic " + expected;
    }

    private static string Header(List<string> request, string name) => request
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? "";

    private void Reply(List<string> request, string status, string headers, string body = "")
    {
        var text = $"RTSP/1.0 {status}\r\nCSeq: {Header(request, "CSeq")}\r\n{headers}"
            + (body.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n{body}") : "\r\n");
        lock (_writing)
            _stream.Write(Encoding.ASCII.GetBytes(text));
    }

    [GeneratedRegex(@"client_port=(\d+)-(\d+)")]
    private static partial Regex ClientPorts();
}
