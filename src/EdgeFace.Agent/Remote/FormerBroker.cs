using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Publishing;
using EdgeFace.Core;
using EdgeFace.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Remote;

/// <summary>
/// Takes back what a device that has moved left retained at the broker where it was. Done when the new one has proved itself, with a connection of
/// its own, so that nothing is missing at the old one while the device may still come back to it.
/// </summary>
internal sealed class FormerBroker(AgentOptions former, AgentOptions present, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly RetainedTopics _kept = new(DataFolders.RetainedTopics(present));

    /// <summary>Whether there is a broker that was left.</summary>
    public static bool WasLeft(AgentOptions former, AgentOptions present)
        => !former.IsAzure() && former.Mqtt.Enabled && former.Mqtt.Servers.Except(present.Mqtt.Servers).Any();

    /// <summary>One clause for the report: what became of it. Never throws.</summary>
    public async Task<string> TakeBackAsync()
    {
        var broker = RetainedTopics.BrokerOf(former);
        var topics = _kept.At(broker);
        if (topics.Count == 0)
            return $"nothing was retained at {broker}";
        var failures = new List<string>();
        foreach (var server in former.Mqtt.Servers.Except(present.Mqtt.Servers))
        {
            if (await TakeBackAsync(server, topics) is { } failure)
                failures.Add(failure);
        }

        try
        {
            if (failures.Count == 0)
                _kept.Forget(broker);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is taken back once more should the device return.
        }

        return failures.Count == 0
            ? $"what was retained at {broker} was taken back"
            : $"what was retained at {broker} is left there: {string.Join("; ", failures)}";
    }

    private async Task<string?> TakeBackAsync(string server, IReadOnlyList<string> topics)
    {
        try
        {
            var settings = BrokerSettings.SessionOptions(former with { Mqtt = former.Mqtt with { Servers = [server] } });
            // Under a name of its own: should it be the same broker by another address, the device is not thrown out.
            await using var session = new MqttSession(
                settings with { ClientId = settings.ClientId + "-leaving", SessionExpirySeconds = 0, Will = null }, outbox: null, time, NullLogger<MqttSession>.Instance);
            foreach (var topic in topics)
                session.SetRetained(topic, []);
            session.Start();
            var begun = time.GetTimestamp();
            while (session.Statistics is { Refused: 0 } said && said.Acknowledged < topics.Count && time.GetElapsedTime(begun) < Patience)
                await Task.Delay(Look, time);
            var told = session.Statistics;
            await session.StopAsync(TimeSpan.Zero);
            if (told.Acknowledged >= topics.Count)
                return null;
            return told.Refused > 0 ? $"{server} refuses it" : told.LastFailure?.Message ?? $"{server} does not answer within {Patience.TotalSeconds:0} s";
        }
        catch (InputException exception)
        {
            return exception.Message;
        }
    }
}
