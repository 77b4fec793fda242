using System.Net.Sockets;

namespace EdgeFace.TestKit.Mqtt;

/// <summary>
/// A subscriber as the documentation asks for one that must miss nothing: a session of its own that the broker keeps, QoS 1,
/// back after every loss. What it has noted it acknowledges, not before.
/// </summary>
public sealed class DurableObserver : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly int _port;
    private readonly string _filter;
    private readonly Action<ObservedMessage> _noted;
    private readonly ManualResetEventSlim _subscribed = new();
    private readonly ManualResetEventSlim _end = new();
    private readonly ManualResetEventSlim _here = new(initialState: true);
    private readonly Thread _thread;
    private volatile TcpClient? _tcp;
    private int _connections;

    /// <param name="noted">Called for each arrival, one after the other.</param>
    public DurableObserver(MosquittoBroker broker, string filter, Action<ObservedMessage> noted)
    {
        (_port, _filter, _noted) = (broker.Port, filter, noted);
        _thread = new Thread(Run) { IsBackground = true, Name = "durable observer" };
        _thread.Start();
        if (!_subscribed.Wait(Limit))
            throw new TimeoutException("The observer's subscription was not answered.");
    }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Goes away, without a word, and stays away; the broker keeps what comes.</summary>
    public void Leave()
    {
        _here.Reset();
        _tcp?.Dispose();
    }

    public void Return() => _here.Set();

    public void Dispose()
    {
        _end.Set();
        _here.Set();
        _tcp?.Dispose();
        _thread.Join(Limit);
        _subscribed.Dispose();
        _end.Dispose();
        _here.Dispose();
    }

    private void Run()
    {
        do
        {
            _here.Wait();
            try
            {
                using var tcp = new TcpClient { NoDelay = true };
                _tcp = tcp;
                if (_end.IsSet)
                    return;
                if (!_here.IsSet)
                    continue;
                tcp.Connect("127.0.0.1", _port);
                Serve(new MqttWire(tcp.GetStream()));
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // Again, after a pause.
            }
        }
        while (!_end.Wait(Pause));
    }

    private void Serve(MqttWire wire)
    {
        wire.Open("durable-observer", cleanSession: false);
        Interlocked.Increment(ref _connections);
        // Also when the broker still knows it: one that lost its memory does not.
        wire.Send(MqttWire.Subscribe, [0, 1, .. MqttWire.Text(_filter), 1]);
        while (true)
        {
            var (kind, body) = wire.Read();
            if ((kind & 0xF0) == MqttWire.Suback)
                _subscribed.Set();
            if ((kind & 0xF0) != MqttWire.Publish)
                continue;
            var (message, identifier) = MqttWire.Parse(kind, body);
            _noted(message);
            if (identifier is not null)
                wire.Send(MqttWire.Puback, identifier);
        }
    }
}
