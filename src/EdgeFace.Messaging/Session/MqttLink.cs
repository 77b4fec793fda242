using System.Net;
using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>
/// One attempt and, when it succeeds, one connection: a client of the library that lives no longer than its socket, so that nothing
/// of the library's own queue survives. Belongs to the messaging thread; callbacks only take notes.
/// </summary>
internal sealed class MqttLink : IMosquittoEvents, IDisposable
{
    private const int MostLogLines = 8;

    private readonly MqttOptions _options;
    private readonly List<string> _lines = [];
    private readonly MosquittoClient _client;
    private int? _refusal;
    private int? _goodbye;
    private int _hangUps;

    public MqttLink(MqttOptions options, MqttBroker broker, MosquittoProtocol protocol)
    {
        _options = options;
        Broker = broker;
        Protocol = protocol;
        Window = options.MaxInFlight;
        _client = new MosquittoClient(options.ClientId, cleanStart: false, protocol, this);
    }

    public MqttBroker Broker { get; }

    public MosquittoProtocol Protocol { get; }

    /// <summary>CONNACK came and was positive.</summary>
    public bool IsAccepted { get; private set; }

    public bool SessionPresent { get; private set; }

    /// <summary>Messages that may be under way: the option's number, or the broker's when it is less.</summary>
    public int Window { get; private set; }

    /// <summary>Messages that nobody looked at yet; to be emptied after each <see cref="Step"/>.</summary>
    public Queue<MqttMessage> Incoming { get; } = new();

    /// <summary>PUBACKs that nobody looked at yet.</summary>
    public Queue<(int MessageId, int Reason)> Acknowledgements { get; } = new();

    /// <summary>SUBACKs that failed and that nobody looked at yet.</summary>
    public Queue<(int MessageId, int Reason)> RefusedSubscriptions { get; } = new();

    /// <summary>Why this is over; null while it is not.</summary>
    public MqttFailure? Failure { get; private set; }

    public bool IsClosed => _client.Socket < 0;

    /// <summary>Sends CONNECT, or begins TLS for it.</summary>
    public void Open(IPAddress reached)
    {
        try
        {
            MqttLinkSetup.Apply(_client, _options);
            // In MQTT 3.1.1 nothing tells the broker of a bound; what it has for the device would end each connection anew.
            if (Protocol == MosquittoProtocol.V5)
                _client.SetMostIncoming(MqttOptions.MaxIncomingPacketBytes);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            Failure = new MqttFailure(MqttFailureKind.Configuration, e.Message);
            return;
        }

        using var properties = Protocol == MosquittoProtocol.V5 ? MqttLinkSetup.ConnectProperties(_options) : default;
        // The name is what the certificate is checked against; without TLS, the address that answered is the shorter way.
        var host = _options.Tls.Enabled ? Broker.Host : reached.ToString();
        var error = _client.Connect(host, Broker.Port, _options.KeepAliveSeconds, properties);
        Note(error);
    }

    /// <summary>
    /// Waits for the socket or a wake-up, and does what there is to do; false when this is over. Says whether something came
    /// from the broker.
    /// </summary>
    public bool Step(WakeEvent wake, int timeoutMs, out bool heard)
    {
        heard = false;
        Note(_client.Flush());
        if (Failure is not null)
            return false;
        var ready = NativePoll.Wait(_client.Socket, _client.WantsWrite, wake, timeoutMs);
        var closing = (ready & (NativePoll.HangUp | NativePoll.PeerClosed | NativePoll.Error)) != 0;
        // During the handshake it is reading that goes on with it, whichever way the socket is ready.
        if ((ready & NativePoll.In) != 0 || closing || (ready != 0 && !IsAccepted && _client.UsesTls))
            Note(_client.Read());
        if ((ready & NativePoll.Out) != 0)
            Note(_client.Write());
        Note(_client.Housekeeping());
        heard = (ready & NativePoll.In) != 0 && Failure is null;
        // The library goes on for ever with a handshake whose other end is gone.
        if (closing && !IsAccepted && ++_hangUps > 2 && Failure is null)
            Failure = FailureReasons.Call(Broker, MosquittoError.ConnectionLost, 0);
        return Failure is null;
    }

    /// <summary>Hands a message over, QoS 1 if nothing else is said; an error that concerns the message only is returned, any other ends the link.</summary>
    public MosquittoError Publish(string topic, ReadOnlySpan<byte> payload, bool retain, uint? expirySeconds, out int messageId, byte[]? correlation = null, int qos = 1)
    {
        using var properties = new MosquittoPropertyList();
        if (expirySeconds is { } seconds && Protocol == MosquittoProtocol.V5)
            properties.AddInt32(MosquittoProperty.MessageExpiryInterval, seconds);
        if (correlation is not null && Protocol == MosquittoProtocol.V5)
            properties.AddBinary(MosquittoProperty.CorrelationData, correlation);
        var error = _client.Publish(topic, payload, qos, retain && _options.UsesRetain, properties, out messageId);
        if (error is MosquittoError.OversizePacket or MosquittoError.PayloadTooLarge or MosquittoError.MalformedUtf8 or MosquittoError.InvalidArgument)
            return error;
        Note(error);
        return error;
    }

    public int Subscribe(string filter)
    {
        Note(_client.Subscribe(filter, 1, out var messageId));
        return messageId;
    }

    /// <summary>Sends DISCONNECT; the broker then forgets the will.</summary>
    public void Disconnect() => _ = _client.Disconnect();

    public void Dispose() => _client.Dispose();

    void IMosquittoEvents.OnConnected(int reason, bool sessionPresent, MosquittoPropertyView properties)
    {
        if (reason != MosquittoReason.Success)
        {
            _refusal = reason;
            return;
        }

        IsAccepted = true;
        SessionPresent = sessionPresent;
        if (properties.Int16(MosquittoProperty.ReceiveMaximum) is { } most and > 0)
            Window = Math.Min(Window, most);
    }

    void IMosquittoEvents.OnDisconnected(int reason, MosquittoPropertyView properties)
    {
        if (reason >= MosquittoReason.FirstFailure)
            _goodbye = reason;
    }

    void IMosquittoEvents.OnPublished(int messageId, int reason, MosquittoPropertyView properties) =>
        Acknowledgements.Enqueue((messageId, reason));

    void IMosquittoEvents.OnMessage(string topic, ReadOnlySpan<byte> payload, int qos, bool retain, MosquittoPropertyView properties) =>
        Incoming.Enqueue(new MqttMessage(
            topic,
            payload.ToArray(),
            retain,
            properties.String(MosquittoProperty.ResponseTopic),
            properties.Binary(MosquittoProperty.CorrelationData)));

    void IMosquittoEvents.OnSubscribed(int messageId, ReadOnlySpan<int> granted)
    {
        foreach (var result in granted)
        {
            if (result >= MosquittoReason.FirstFailure)
                RefusedSubscriptions.Enqueue((messageId, result));
        }
    }

    void IMosquittoEvents.OnLog(MosquittoLogLevel level, string text)
    {
        if (level == MosquittoLogLevel.Error && _lines.Count < MostLogLines)
            _lines.Add(text);
    }

    private void Note(MosquittoError error)
    {
        if (Failure is not null)
            return;
        if (_refusal is { } refusal)
            Failure = FailureReasons.Connack(Broker, refusal);
        else if (_goodbye is { } goodbye)
            Failure = FailureReasons.Disconnect(Broker, goodbye);
        else if (error is MosquittoError.Tls or MosquittoError.TlsHandshake)
            Failure = FailureReasons.Tls(Broker, _client.CertificateResult, _lines, _options.Tls.CertFile is not null);
        else if (error != MosquittoError.Success)
            Failure = AfterError(error);
    }

    private MqttFailure AfterError(MosquittoError error)
    {
        if (error == MosquittoError.MalformedPacket && _client.Fault is { } fault)
            return FailureReasons.Malformed(Broker, fault);
        // A broker that does not like the client's certificate says so after the handshake: the alert stands in the library's lines.
        if (!IsAccepted && _options.Tls.Enabled && _lines.Count > 0)
            return FailureReasons.Tls(Broker, _client.CertificateResult, _lines, _options.Tls.CertFile is not null);
        return FailureReasons.Call(Broker, error, _client.LastErrno);
    }
}
