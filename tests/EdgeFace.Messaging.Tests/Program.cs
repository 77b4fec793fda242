using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Messaging.Tests;

/// <summary>What tests run in a process of its own, to kill it.</summary>
internal static class Program
{
    private static int Main(string[] arguments) => arguments switch
    {
        ["append", var path] => Append(path),
        ["session", var port, var topic] => Session(int.Parse(port, CultureInfo.InvariantCulture), topic),
        ["listen", .. var ports] => Faults.ListenerProgram.Run(ports),
        ["publish", .. var order] => Faults.PublisherProgram.Run(order),
        _ => 64,
    };

    // Says the number of each message after it is durable, four at a time so that commits are shared.
    private static int Append(string path)
    {
        using var outbox = Outbox.Open(path, new OutboxOptions(), TimeProvider.System, NullLogger<Outbox>.Instance);
        for (var next = 0; ; next += 4)
        {
            var first = next;
            var appends = Enumerable.Range(0, 4).Select(i => outbox.AppendAsync(SessionHost.Message($"{first + i}", padding: 300))).ToArray();
            Task.WaitAll(appends);
            Console.WriteLine(first + 3);
        }
    }

    private static int Session(int port, string topic)
    {
        var options = new MqttOptions
        {
            Host = "127.0.0.1",
            Port = port,
            ClientId = "victim",
            Will = new MqttWill(topic, "offline"u8.ToArray()),
        };
        var session = new MqttSession(options, null, TimeProvider.System, NullLogger<MqttSession>.Instance);
        session.SetRetained(topic, "online"u8.ToArray());
        session.Start();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }
}
