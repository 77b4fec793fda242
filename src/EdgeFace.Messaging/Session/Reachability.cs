using System.Net;
using System.Net.Sockets;

namespace EdgeFace.Messaging;

/// <summary>
/// Resolves a broker and tries its addresses. libmosquitto resolves and connects blocking, for minutes when nobody
/// answers, and says only that it failed; so it is let loose only on an address that answered a moment ago.
/// </summary>
internal static class Reachability
{
    /// <summary>The address that answered, or why none did. Blocks no longer than the limit or the token.</summary>
    public static (IPAddress? Address, MqttFailure? Failure) Probe(
        MqttBroker broker, TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return ProbeAsync(broker, both.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return (null, new MqttFailure(
                MqttFailureKind.TimedOut, $"no answer from {broker} within {limit.TotalSeconds:0.#} s"));
        }
    }

    private static async Task<(IPAddress? Address, MqttFailure? Failure)> ProbeAsync(MqttBroker broker, CancellationToken cancellation)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await Dns.GetHostAddressesAsync(broker.Host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            return (null, new MqttFailure(
                MqttFailureKind.NameNotResolved, $"the name {broker.Host} cannot be resolved ({e.Message}): check the host and the name server"));
        }

        var failure = new MqttFailure(MqttFailureKind.NameNotResolved, $"the name {broker.Host} has no address");
        foreach (var address in addresses)
        {
            try
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(address, broker.Port), cancellation).ConfigureAwait(false);
                return (address, null);
            }
            catch (SocketException e)
            {
                failure = Explain(broker, e);
            }
        }

        return (null, failure);
    }

    private static MqttFailure Explain(MqttBroker broker, SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new(
            MqttFailureKind.ConnectionRefused, $"{broker} refuses the connection: no broker listens there"),
        SocketError.TimedOut => new(MqttFailureKind.TimedOut, $"no answer from {broker}"),
        _ => new(MqttFailureKind.Unreachable, $"{broker} cannot be reached: {exception.Message}"),
    };
}
