using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.Requests;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>
/// A device's side of a connection that carries malformed packets, in a process of its own: whatever crashes in native code is seen as
/// a crash. Says <c>fault ID TEXT</c> for a fault of the session, <c>connections N</c> several times a second.
/// </summary>
internal static class ListenerProgram
{
    private static readonly TimeSpan EventEvery = TimeSpan.FromMilliseconds(20);

    // A handler that failed, a connection that did not end, a thread that did.
    private static readonly int[] Faults = [4108, 4110, 4111];

    public static int Run(int port)
    {
        using var folder = new TemporaryFolder();
        using var outbox = Outbox.Open(folder.File("outbox.db"), new OutboxOptions { MaxMessages = 1000 }, TimeProvider.System, new ErrorLogger());
        var options = new MqttOptions
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = "listener",
            KeepAliveSeconds = 5,
            ReconnectMinMs = MqttOptions.LeastReconnectMs,
            ReconnectMaxMs = MqttOptions.LeastReconnectMs,
            ConnectTimeoutMs = 500,
        };
        var log = new FaultLogger();
        var session = new MqttSession(options, outbox, TimeProvider.System, log);
        using var keys = KeyRing.Empty;
        using var desk = new RequestDesk(
            new RequestDeskSetup("edgeface", "dev", int.MaxValue, keys, new RequestJournal(folder.File("requests.json"), TimeProvider.System)),
            new Dictionary<string, RequestHandler> { ["echo"] = new(request => request["say"]?.DeepClone(), "say") },
            session.Publish,
            TimeProvider.System);
        session.Subscribe("edgeface/dev/config/desired", message => DesiredDocument.Read(message.Payload.Span, keys, "dev"));
        session.Subscribe(desk.Filter, desk.Receive);
        session.SetRetained("edgeface/dev/status", "online"u8.ToArray());
        session.Start();
        for (var i = 0L; ; i++)
        {
            _ = outbox.AppendAsync(SessionHost.Message($"{i}", padding: 100));
            if (i % 10 == 0)
                Console.WriteLine($"connections {(session.State == MqttState.Connected ? session.Statistics.Reconnects : -1)}");
            Thread.Sleep(EventEvery);
        }
    }

    private sealed class FaultLogger : ILogger<MqttSession>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format)
        {
            if (Faults.Contains(id.Id))
                Console.WriteLine($"fault {id.Id} {format(state, exception)} {exception?.ToString().ReplaceLineEndings(" ")}");
        }
    }
}
