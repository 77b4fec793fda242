using System.Text;
using EdgeFace.TestKit;

namespace EdgeFace.Messaging.Tests;

/// <summary>An outbox and a session in a folder of their own, against a broker of the test.</summary>
internal sealed class SessionHost : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SessionHost(int port, Func<MqttOptions, MqttOptions>? configure = null, OutboxOptions? outbox = null)
    {
        var options = new MqttOptions
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = $"test-{port}",
            ReconnectMinMs = 50,
            ReconnectMaxMs = 200,
            ConnectTimeoutMs = 3000,
        };
        Outbox = Outbox.Open(_folder.File("outbox.db"), outbox ?? new OutboxOptions(), TimeProvider.System, OutboxLog);
        Session = new MqttSession(configure?.Invoke(options) ?? options, Outbox, TimeProvider.System, Log);
    }

    public RecordingLogger<MqttSession> Log { get; } = new();

    public RecordingLogger<Outbox> OutboxLog { get; } = new();

    public Outbox Outbox { get; }

    public MqttSession Session { get; }

    public static OutboxMessage Message(
        string id, string key = "k", MessagePriority priority = MessagePriority.VisitBegin, int padding = 0, TimeSpan? expiry = null) =>
        new(
            id,
            $"edgeface/dev/camera/{key}/visit",
            Encoding.UTF8.GetBytes(id + new string(' ', padding)),
            priority,
            key,
            TimeProvider.System.GetUtcNow(),
            expiry);

    public async Task<SessionHost> Connected()
    {
        Session.Start();
        await UntilConnected();
        return this;
    }

    public Task UntilConnected() => Wait.Until(
        () => Session.State == MqttState.Connected, $"connected; log: {string.Join(" | ", Log.Lines.Select(line => line.Text))}");

    public Task UntilDelivered(double seconds = 10) =>
        Wait.Until(() => Outbox.Depth == 0, $"delivered, {Outbox.Depth} left", seconds);

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        Outbox.Dispose();
        _folder.Dispose();
        Assert.DoesNotContain(Log.Lines, line => line.Id is 4108 or 4110 or 4111);
    }
}
