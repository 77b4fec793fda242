using EdgeFace.Messaging.Pictures;
using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.Messaging.Tests;

public sealed class SessionPictureTests
{
    private const string Topic = "edgeface/dev/pictures/k/visit";

    /// <summary>Fewer than the broker's window towards the observer: what lies beyond it waits in the broker, where QoS 0 overtakes it.</summary>
    private const int Events = 200;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Events_go_before_pictures_and_the_newest_pictures_are_kept(int qos)
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        await using var host = new SessionHost(broker.Port);
        for (var i = 0; i < 20; i++)
            host.Session.Publish(new PictureMessage(Topic, Jpeg(i, 100_000), qos));
        for (var i = 0; i < Events; i++)
            await host.Outbox.AppendAsync(SessionHost.Message($"event{i}"));
        Assert.Equal((PictureQueue.Most, 20L - PictureQueue.Most), (host.Session.Statistics.PicturesWaiting, host.Session.Statistics.PicturesDropped));
        await host.Connected();
        var seen = observer.WaitFor(messages => messages.Count == Events + PictureQueue.Most);
        Assert.All(seen.Take(Events), message => Assert.StartsWith("event", message.Text, StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(20 - PictureQueue.Most, PictureQueue.Most), seen.Skip(Events).Select(message => (int)message.Payload[0]));
        Assert.All(seen.Skip(Events), message => Assert.False(message.Retained));
        await host.UntilDelivered();
    }

    [Fact]
    public async Task An_event_waits_for_one_picture_on_a_slow_line_and_not_for_all()
    {
        using var broker = MosquittoBroker.Start();
        using var observer = new MqttObserver(broker);
        using var proxy = new FaultProxy(broker.Port);
        await using var host = await new SessionHost(proxy.Port).Connected();
        proxy.Faults.BytesPerSecond = 200_000;
        for (var i = 0; i < 6; i++)
            host.Session.Publish(new PictureMessage(Topic, Jpeg(i, 200_000), 1));
        await Wait.Until(() => host.Session.Statistics.PicturesWaiting == 5, "one picture on its way");
        await host.Outbox.AppendAsync(SessionHost.Message("urgent"));
        var seen = observer.WaitFor(messages => messages.Count >= 3, TimeSpan.FromSeconds(30));
        Assert.InRange(seen.ToList().FindIndex(message => message.Text == "urgent"), 0, 1);
    }

    [Fact]
    public async Task A_picture_that_is_too_large_is_counted_and_not_sent()
    {
        await using var host = new SessionHost(MosquittoBroker.FreePort());
        host.Session.Publish(new PictureMessage(Topic, new byte[PictureMessage.MaxBytes + 1], 0));
        Assert.Equal((0, 1L), (host.Session.Statistics.PicturesWaiting, host.Session.Statistics.PicturesDropped));
        Assert.Throws<ArgumentException>(() => host.Session.Publish(new PictureMessage("a/#", [1], 0)));
    }

    private static byte[] Jpeg(int number, int size)
    {
        var bytes = new byte[size];
        bytes[0] = (byte)number;
        return bytes;
    }
}
