using System.Net;
using System.Net.Sockets;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>A TCP proxy between a client and a broker or other server that can do to the connection what networks do.</summary>
public sealed class FaultProxy : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<FaultyConnection> _connections = [];
    private readonly int _target;
    private readonly CancellationTokenSource _end = new();
    private TcpListener? _listener;
    private int _accepted;

    public FaultProxy(int targetPort)
    {
        _target = targetPort;
        Port = MosquittoBroker.FreePort();
        Listen();
    }

    public string Host { get; } = "127.0.0.1";

    public int Port { get; }

    /// <summary>Connections so far that carried at least one byte.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>What is done to bytes on their way; may be changed while they flow.</summary>
    public Faults Faults { get; } = new();

    /// <summary>Closes every connection, as a reset of the network does.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            foreach (var connection in _connections)
                connection.Dispose();
            _connections.Clear();
        }
    }

    /// <summary>Listens no more and cuts: further connections are refused.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _listener?.Stop();
            _listener = null;
        }

        Cut();
    }

    /// <summary>Listens again.</summary>
    public void Accept()
    {
        lock (_lock)
        {
            if (_listener is not null)
                return;
        }

        Listen();
    }

    public void Dispose()
    {
        _end.Cancel();
        Refuse();
        _end.Dispose();
    }

    internal void Count() => Interlocked.Increment(ref _accepted);

    private void Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        lock (_lock)
            _listener = listener;
        _ = AcceptLoop(listener);
    }

    private async Task AcceptLoop(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(_end.Token);
                var connection = new FaultyConnection(this, client, _target);
                lock (_lock)
                    _connections.Add(connection);
                connection.Run(_end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Refuse or Dispose.
        }
    }
}

/// <summary>The faults of a <see cref="FaultProxy"/>.</summary>
public sealed class Faults
{
    private volatile int _delayMs;
    private volatile int _bytesPerSecond;
    private volatile bool _halfOpen;
    private volatile bool _stalled;
    private volatile bool _refuseMqtt5;
    private volatile bool _hangUpOnMqtt5;
    private volatile byte[]? _inject;
    private volatile Func<ReadOnlyMemory<byte>, bool, byte[]?>? _rewrite;
    private int _rewritten;
    private readonly Queue<long> _truncations = new();
    private long _passed;

    /// <summary>Each piece waits so long, ms.</summary>
    public int DelayMs
    {
        get => _delayMs;
        set => _delayMs = value;
    }

    /// <summary>0 for no limit.</summary>
    public int BytesPerSecond
    {
        get => _bytesPerSecond;
        set => _bytesPerSecond = value;
    }

    /// <summary>
    /// Bytes vanish both ways while the sockets stay open. A connection that has lost some is never well again: what follows would be
    /// the middle of a packet.
    /// </summary>
    public bool HalfOpen
    {
        get => _halfOpen;
        set => _halfOpen = value;
    }

    /// <summary>Nothing passes, and nothing is lost: it goes on where it was when this is over.</summary>
    public bool Stalled
    {
        get => _stalled;
        set => _stalled = value;
    }

    /// <summary>Answers an MQTT 5 CONNECT as a broker of MQTT 3.1.1 does (CONNACK with return code 1) and closes.</summary>
    public bool RefuseMqtt5
    {
        get => _refuseMqtt5;
        set => _refuseMqtt5 = value;
    }

    /// <summary>Closes at an MQTT 5 CONNECT without a word, as some old brokers do.</summary>
    public bool HangUpOnMqtt5
    {
        get => _hangUpOnMqtt5;
        set => _hangUpOnMqtt5 = value;
    }

    /// <summary>Gives other bytes in place of a piece, or null to leave it; the second argument is true for one from the client.</summary>
    public Func<ReadOnlyMemory<byte>, bool, byte[]?>? Rewrite
    {
        get => _rewrite;
        set => _rewrite = value;
    }

    /// <summary>Pieces that passed as other bytes.</summary>
    public int Rewritten => Volatile.Read(ref _rewritten);

    /// <summary>Sends these bytes to the client in place of the broker's next piece, once.</summary>
    public void Inject(byte[] bytes) => _inject = bytes;

    /// <summary>
    /// Passes so many more bytes to the client, however many pieces and connections they take, then closes; after that so many as the
    /// next number says, and so on.
    /// </summary>
    public void Truncate(params ReadOnlySpan<long> distances)
    {
        lock (_truncations)
        {
            foreach (var distance in distances)
                _truncations.Enqueue(distance);
        }
    }

    /// <summary>Truncations that have not come about yet.</summary>
    public int Truncations
    {
        get
        {
            lock (_truncations)
                return _truncations.Count;
        }
    }

    internal ReadOnlyMemory<byte> Passing(ReadOnlyMemory<byte> piece, bool fromClient)
    {
        if (_rewrite?.Invoke(piece, fromClient) is not { } other)
            return piece;
        Interlocked.Increment(ref _rewritten);
        return other;
    }

    internal byte[]? TakeInjection() => Interlocked.Exchange(ref _inject, null);

    /// <summary>How many of these bytes still pass to the client before its connection ends; null: all, and it does not end.</summary>
    internal int? TakeTruncation(int bytes)
    {
        lock (_truncations)
        {
            if (!_truncations.TryPeek(out var distance))
                return null;
            _passed += bytes;
            if (_passed <= distance)
                return null;
            var before = distance - (_passed - bytes);
            _truncations.Dequeue();
            _passed = 0;
            return (int)before;
        }
    }
}
