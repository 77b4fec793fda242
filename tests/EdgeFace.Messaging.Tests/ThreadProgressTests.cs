using EdgeFace.TestKit;
using EdgeFace.TestKit.Mqtt;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging.Tests;

/// <summary>A thread that is stuck is found out; one whose broker or disk is away is not.</summary>
public sealed class ThreadProgressTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ManualResetEventSlim _go = new();

    public void Dispose()
    {
        _go.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_outbox_that_is_stuck_after_a_commit()
    {
        using var outbox = OpenOutbox();
        outbox.Committed += () => _go.Wait(Patience);
        await outbox.AppendAsync(SessionHost.Message("1"));
        _time.Advance(ThreadProgress.Usual - Second);
        Assert.False(outbox.Progress.IsHung);
        _time.Advance(2 * Second);
        Assert.True(outbox.Progress.IsHung);
        _go.Set();
        await Wait.Until(() => !outbox.Progress.IsHung, "gets on again");
        outbox.Dispose();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(outbox.Progress.IsHung);
    }

    [Fact]
    public async Task An_outbox_that_cannot_write_is_not_stuck()
    {
        using var outbox = OpenOutbox();
        await outbox.AppendAsync(SessionHost.Message("1"));
        outbox.LimitPages(1);
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<OutboxException>(() => outbox.AppendAsync(SessionHost.Message($"large{i}", padding: 100_000)));
            _time.Advance(ThreadProgress.Usual + Second);
            await Wait.Until(() => !outbox.Progress.IsHung, "heard of");
        }
    }

    [Fact]
    public async Task A_session_whose_broker_is_away_is_not_stuck()
    {
        await using var session = Session(MosquittoBroker.FreePort(), new Logger(_ => { }));
        session.Start();
        for (var i = 0; i < 60; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            _time.Advance(TimeSpan.FromSeconds(30));
            Assert.All(session.Progress, thread => Assert.False(thread.IsHung, thread.Name));
        }
    }

    [Fact]
    public async Task A_session_that_is_connected_is_heard_of_and_one_that_is_stuck_is_not()
    {
        using var broker = MosquittoBroker.Start();
        await using var session = Session(broker.Port, new Logger(id => _ = id != 4102 || _go.Wait(Patience)));
        session.Start();
        await Wait.Until(() => session.State == MqttState.Connected, "connected");
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(ThreadProgress.Usual + Second);
            await Wait.Until(() => !Hung(session, "mqtt"), "heard of");
        }

        // Where a log line cannot be written, as into a pipe that nobody empties.
        broker.Kill();
        await Wait.Until(() => session.Statistics.ConnectedSince is null, "lost");
        _time.Advance(ThreadProgress.Usual + Second);
        Assert.True(Hung(session, "mqtt"));
        _go.Set();
        await Wait.Until(() => !Hung(session, "mqtt"), "gets on again");
    }

    [Fact]
    public async Task A_handler_that_is_stuck()
    {
        using var broker = MosquittoBroker.Start();
        await using var session = Session(broker.Port, new Logger(_ => { }));
        using var begun = new ManualResetEventSlim();
        session.Subscribe("in", _ =>
        {
            begun.Set();
            _go.Wait(Patience);
        });
        session.Start();
        using var observer = new MqttObserver(broker);
        await Wait.Until(() => session.State == MqttState.Connected, "connected");
        observer.Publish("in", "x", retain: true);
        Assert.True(begun.Wait(Patience));
        _time.Advance(ThreadProgress.Usual + Second);
        Assert.True(Hung(session, "mqtt handlers"));
        _go.Set();
        await Wait.Until(() => !Hung(session, "mqtt handlers"), "gets on again");
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(Hung(session, "mqtt handlers"));
    }

    [Fact]
    public async Task A_session_whose_thread_ended_by_a_fault()
    {
        using var broker = MosquittoBroker.Start();
        await using var session = Session(broker.Port, new Logger(id => _ = id != 4100 ? 0 : throw new InvalidOperationException("a fault")));
        session.Start();
        await Wait.Until(() => Hung(session, "mqtt"), "found out");
        Assert.Equal(MqttState.Stopped, session.State);
    }

    private static bool Hung(MqttSession session, string name) => session.Progress.Single(thread => thread.Name == name).IsHung;

    private Outbox OpenOutbox() => Outbox.Open(_folder.File("outbox.db"), new OutboxOptions(), _time, new RecordingLogger<Outbox>());

    private MqttSession Session(int port, Logger logger)
        => new(new MqttOptions { Host = "127.0.0.1", Port = port, ClientId = "test", ReconnectMinMs = 50, ReconnectMaxMs = 200 }, null, _time, logger);

    /// <summary>Does something on the thread that logs.</summary>
    private sealed class Logger(Action<int> on) : ILogger<MqttSession>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) => on(id.Id);
    }
}
