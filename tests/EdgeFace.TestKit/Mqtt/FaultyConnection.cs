using System.Net;
using System.Net.Sockets;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
internal sealed class FaultyConnection(FaultProxy proxy, TcpClient client, int target) : IDisposable
{
    private static readonly byte[] RefusedProtocol = [0x20, 2, 0, 1];

    private static readonly TimeSpan StallCheck = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket = client.Client;
    private readonly TcpClient _server = new() { NoDelay = true };
    private volatile bool _lost;

    public void Run(CancellationToken end) => _ = RunAsync(end);

    public void Dispose()
    {
        if (!_socket.SafeHandle.IsClosed)
            _socket.Close(0);
        client.Dispose();
        _server.Dispose();
    }

    private async Task RunAsync(CancellationToken end)
    {
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, target, end);
            var up = Pump(client.GetStream(), _server.GetStream(), fromClient: true, end);
            var down = Pump(_server.GetStream(), client.GetStream(), fromClient: false, end);
            await Task.WhenAny(up, down);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One end is gone: so is the other.
        }

        client.Dispose();
        _server.Dispose();
    }

    private async Task Pump(NetworkStream from, NetworkStream to, bool fromClient, CancellationToken end)
    {
        var buffer = new byte[16384];
        var first = true;
        try
        {
            while (await from.ReadAsync(buffer, end) is var count and > 0)
            {
                if (fromClient && first)
                    proxy.Count();
                if (fromClient && first && (proxy.Faults.RefuseMqtt5 || proxy.Faults.HangUpOnMqtt5) && IsMqtt5(buffer.AsSpan(0, count)))
                {
                    if (proxy.Faults.HangUpOnMqtt5)
                        return;
                    await client.GetStream().WriteAsync(RefusedProtocol, end);
                    return;
                }

                first = false;
                if (!await Pass(to, buffer.AsMemory(0, count), fromClient, end))
                    return;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // As the end of the stream.
        }
    }

    private async Task<bool> Pass(NetworkStream to, ReadOnlyMemory<byte> piece, bool fromClient, CancellationToken end)
    {
        var faults = proxy.Faults;
        _lost |= faults.HalfOpen;
        if (_lost)
            return true;
        while (faults.Stalled)
            await Task.Delay(StallCheck, TimeProvider.System, end);
        if (faults.DelayMs > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(faults.DelayMs), TimeProvider.System, end);
        if (faults.BytesPerSecond is var rate and > 0)
            await Task.Delay(TimeSpan.FromSeconds((double)piece.Length / rate), TimeProvider.System, end);
        if (!fromClient && faults.TakeInjection() is { } garbage)
        {
            await to.WriteAsync(garbage, end);
            return true;
        }

        if (!fromClient && faults.TakeTruncation(piece.Length) is { } most)
        {
            await to.WriteAsync(piece[..most], end);
            return false;
        }

        await to.WriteAsync(faults.Passing(piece, fromClient), end);
        return true;
    }

    // CONNECT: fixed header, remaining length (1 to 4 bytes), "MQTT" with its length, protocol level.
    private static bool IsMqtt5(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 2 || packet[0] != 0x10)
            return false;
        var position = 1;
        while (position < packet.Length && (packet[position] & 0x80) != 0)
            position++;
        position += 1 + 6;
        return position < packet.Length && packet[position] == 5;
    }
}
