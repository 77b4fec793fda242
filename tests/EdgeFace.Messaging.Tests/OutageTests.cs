using System.Globalization;
using EdgeFace.TestKit.Mqtt;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeFace.Messaging.Tests;

/// <summary>A week without a broker, 10,000 events a day, and what comes after it.</summary>
public sealed class OutageTests(ITestOutputHelper output) : OutboxTestBase
{
    private const int Days = 7;
    private const int VisitsADay = 2500;
    private const int Visits = Days * VisitsADay;
    private const int PictureBytes = 6000;
    private const long MostFileBytes = 1 << 20;

    private static readonly OutboxOptions Bounds = new() { MaxMessages = 30_000, MaxBytes = 32 << 20 };

    // Each visit is four events: its begin, an update, a picture, its end.
    private static readonly MessagePriority[] Kinds = [MessagePriority.VisitBegin, MessagePriority.VisitUpdate, MessagePriority.Picture, MessagePriority.VisitEnd];

    [Fact]
    public async Task After_a_week_the_bounds_hold_the_ends_are_there_and_the_file_is_small_again()
    {
        using var broker = MosquittoBroker.Start(new BrokerSetup { LogTypes = "error" });
        using var observer = new MqttObserver(broker);
        using var outbox = Open(Bounds);
        var largest = await Week(outbox);
        output.WriteLine($"after {Days} days: {outbox.Depth} of {Visits * Kinds.Length} events, {outbox.Bytes} bytes; the largest file had {largest} bytes");
        Assert.Equal(Bounds.MaxMessages, outbox.Depth);
        Assert.Equal((Visits * Kinds.Length) - Bounds.MaxMessages, outbox.Drops.Total);
        Assert.InRange(largest, MostFileBytes, 3 * Bounds.MaxBytes);
        Assert.InRange(outbox.OldestAge.TotalDays, Days - 0.01, Days);
        AssertPolicy(outbox);

        var options = new MqttOptions { Host = broker.Host, Port = broker.Port, ClientId = "outage", KeepAliveSeconds = 5 };
        await using var session = new MqttSession(options, outbox, TimeProvider.System, NullLogger<MqttSession>.Instance);
        var begun = TimeProvider.System.GetTimestamp();
        session.Start();
        await Wait.Until(() => outbox.Depth == 0, "caught up", 120);
        var rate = Bounds.MaxMessages / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        output.WriteLine($"caught up with {rate:0} events/s");
        // The budget of 2,000 is `edgeface bench mqtt`'s; this machine may have anything else to do.
        Assert.True(rate > 200, $"{rate} events/s");
        AssertArrivals(observer.WaitFor(messages => messages.Count >= Bounds.MaxMessages, TimeSpan.FromSeconds(60)));

        await Wait.Until(() => Alive(outbox) && Size() <= MostFileBytes, $"the file is small again, it has {Size()} bytes", 60);
        output.WriteLine($"the file has {Size()} bytes");
    }

    /// <summary>Appends what a week brings; the most that the files ever had.</summary>
    private async Task<long> Week(Outbox outbox)
    {
        var largest = 0L;
        for (var visit = 0; visit < Visits; visit++)
        {
            Time.Advance(TimeSpan.FromDays(1) / VisitsADay);
            foreach (var kind in Kinds)
                _ = outbox.AppendAsync(Event(visit, kind));
            if (visit % 100 != 99)
                continue;
            await outbox.AppendAsync(Event(visit, Kinds[^1]));
            Assert.InRange(outbox.Depth, 1, Bounds.MaxMessages);
            Assert.InRange(outbox.Bytes, 1, Bounds.MaxBytes);
            largest = Math.Max(largest, Size());
        }

        return largest;
    }

    private OutboxMessage Event(int visit, MessagePriority kind)
    {
        var camera = $"c{visit % 3}";
        var payload = new byte[kind == MessagePriority.Picture ? PictureBytes : 300];
        var id = $"{visit}-{kind}";
        System.Text.Encoding.ASCII.GetBytes(id.PadRight(payload.Length), payload);
        return new OutboxMessage(id, $"edgeface/dev/camera/{camera}/visit", payload, kind, camera, Time.GetUtcNow(), Expiry: null);
    }

    // What is lowest went first, and the oldest of it: every end is there, the newest begins, neither update nor picture.
    private static void AssertPolicy(Outbox outbox)
    {
        var ids = outbox.ReadAfter(0, int.MaxValue, long.MaxValue).ConvertAll(row => row.Id);
        var begins = Bounds.MaxMessages - Visits;
        var expected = Enumerable.Range(0, Visits)
            .SelectMany(visit => Kinds.Where(kind => kind == MessagePriority.VisitEnd || (kind == MessagePriority.VisitBegin && visit >= Visits - begins)).Select(kind => $"{visit}-{kind}"));
        Assert.Equal(expected, ids);
    }

    private static void AssertArrivals(IReadOnlyList<ObservedMessage> messages)
    {
        Assert.Equal(Bounds.MaxMessages, messages.Select(message => message.Text).Distinct().Count());
        foreach (var camera in messages.GroupBy(message => message.Topic))
        {
            var visits = camera.Select(message => int.Parse(message.Text.AsSpan(0, message.Text.IndexOf('-')), CultureInfo.InvariantCulture));
            Assert.Equal(visits.Order(), visits);
        }
    }

    // The device goes on: an event now and then, and the clock.
    private bool Alive(Outbox outbox)
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        _ = outbox.AppendAsync(new OutboxMessage($"alive {Time.GetUtcNow():O}", "edgeface/dev/camera/c0/visit", [1], MessagePriority.VisitEnd, "c0", Time.GetUtcNow(), null));
        return true;
    }

    private long Size() => new FileInfo(FilePath).Length + (new FileInfo(FilePath + "-wal") is { Exists: true } log ? log.Length : 0);
}
