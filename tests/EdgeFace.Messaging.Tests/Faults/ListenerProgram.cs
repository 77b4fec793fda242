using System.Globalization;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.Requests;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>
/// The devices' side of connections that carry malformed packets, in a process of its own: whatever crashes in native code is seen as
/// a crash. One session for each port. Says <c>fault ID TEXT</c> for a fault of a session, <c>alive N</c> several times a second with the
/// connections so far.
/// </summary>
internal static class ListenerProgram
{
    private static readonly TimeSpan EventEvery = TimeSpan.FromMilliseconds(20);

    // A handler that failed, a connection that did not end, a thread that did.
    private static readonly int[] Faults = [4108, 4110, 4111];

    public static int Run(string[] ports)
    {
        using var folder = new TemporaryFolder();
        var devices = ports.Select((port, number) => Device.Start(folder, number, int.Parse(port, CultureInfo.InvariantCulture))).ToList();
        for (var i = 0L; ; i++)
        {
            foreach (var device in devices)
                device.Tell(i);
            if (i % 10 == 0)
                Console.WriteLine($"alive {devices.Sum(device => device.Connections)}");
            Thread.Sleep(EventEvery);
        }
    }

    private sealed record Device(Outbox Outbox, MqttSession Session)
    {
        public long Connections => Session.Statistics.Reconnects + 1;

        public static Device Start(TemporaryFolder folder, int number, int port)
        {
            var name = $"dev{number}";
            var outbox = Outbox.Open(folder.File($"outbox{number}.db"), new OutboxOptions { MaxMessages = 1000 }, TimeProvider.System, new ErrorLogger());
            var session = new MqttSession(Options(name, port), outbox, TimeProvider.System, new FaultLogger());
            var keys = KeyRing.Empty;
            var desk = new RequestDesk(
                new RequestDeskSetup("edgeface", name, int.MaxValue, keys, new RequestJournal(folder.File($"requests{number}.json"), TimeProvider.System)),
                new Dictionary<string, RequestHandler> { ["echo"] = new(request => request["say"]?.DeepClone(), "say") },
                session.Publish,
                TimeProvider.System);
            session.Subscribe($"edgeface/{name}/config/desired", message => DesiredDocument.Read(message.Payload.Span, keys, name));
            session.Subscribe(desk.Filter, desk.Receive);
            session.SetRetained($"edgeface/{name}/status", "online"u8.ToArray());
            session.Start();
            return new Device(outbox, session);
        }

        public void Tell(long number) => _ = Outbox.AppendAsync(SessionHost.Message($"{number}", padding: 100));

        private static MqttOptions Options(string name, int port) => new()
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = name,
            KeepAliveSeconds = 5,
            ReconnectMinMs = MqttOptions.LeastReconnectMs,
            ReconnectMaxMs = MqttOptions.LeastReconnectMs,
            ConnectTimeoutMs = 500,
        };
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
