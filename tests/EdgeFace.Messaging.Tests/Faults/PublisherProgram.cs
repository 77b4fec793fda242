using System.Diagnostics;
using System.Globalization;
using EdgeFace.TestKit.Soak;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Messaging.Tests.Faults;

/// <summary>The publisher of a soak, to be killed: the agent's own outbox and session, and what it says of each event.</summary>
internal static class PublisherProgram
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static ProcessStartInfo Describe(SoakOrder order) => ChildProcess.Describe(
    [
        "publish", order.Outbox, Text(order.Port), Text(order.EventsPerSecond), Text(order.Load.Events), Text(order.Load.PayloadBytes), .. order.Next.Select(next => Text(next)),
    ]);

    public static int Run(string[] order)
    {
        var next = order[5..].Select(Number).ToArray();
        var load = new SoakLoad(Number(order[3]), next.Length, Number(order[4]));
        var tick = TimeSpan.FromSeconds(load.Cameras / double.Parse(order[2], CultureInfo.InvariantCulture));
        PublishAll(OpenOutbox(order[0]), Number(order[1]), load, next, tick).GetAwaiter().GetResult();
        Console.WriteLine("end");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static async Task PublishAll(Outbox outbox, int port, SoakLoad load, int[] next, TimeSpan tick)
    {
        var options = new MqttOptions
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = "soak",
            KeepAliveSeconds = 5,
            ReconnectMinMs = 50,
            ReconnectMaxMs = 500,
            ConnectTimeoutMs = 3000,
        };
        var session = new MqttSession(options, outbox, TimeProvider.System, NullLogger<MqttSession>.Instance);
        session.Start();
        using var timer = new PeriodicTimer(tick);
        for (var left = true; left; await timer.WaitForNextTickAsync())
        {
            var cameras = Enumerable.Range(0, load.Cameras).Where(camera => next[camera] < EventsOf(camera, load)).ToArray();
            await Task.WhenAll(cameras.Select(camera => Publish(outbox, camera, next[camera]++, load.PayloadBytes)));
            left = cameras.Length > 0;
        }
    }

    private static int EventsOf(int camera, SoakLoad load) => (load.Events + load.Cameras - 1 - camera) / load.Cameras;

    private static async Task Publish(Outbox outbox, int camera, int number, int bytes)
    {
        Console.WriteLine($"try {camera} {number}");
        var message = new OutboxMessage(
            SoakEvents.Id(camera, number), SoakEvents.Topic(camera), SoakEvents.Payload(camera, number, bytes), MessagePriority.VisitBegin, $"c{camera}",
            TimeProvider.System.GetUtcNow(), Expiry: null);
        while (!await TryAppend(outbox, message))
            await Task.Delay(Pause, TimeProvider.System);
        Console.WriteLine($"done {camera} {number} .");
    }

    private static async Task<bool> TryAppend(Outbox outbox, OutboxMessage message)
    {
        try
        {
            return await outbox.AppendAsync(message) ? true : throw new InvalidOperationException("the outbox is full");
        }
        catch (OutboxException)
        {
            return false;
        }
    }

    // As the service manager would: started again until there is room for it.
    private static Outbox OpenOutbox(string path)
    {
        while (true)
        {
            try
            {
                return Outbox.Open(path, new OutboxOptions(), TimeProvider.System, new ErrorLogger());
            }
            catch (OutboxException)
            {
                Thread.Sleep(Pause);
            }
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
}
