using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Core;
using EdgeFace.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFace.Agent.Diagnosis;

/// <summary>Connects to the broker as the agent would, under a name of its own so that a running agent is not thrown out.</summary>
internal static class BrokerCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static IEnumerable<CheckResult> Run(AgentOptions options, TimeProvider time)
    {
        if (!options.Mqtt.Enabled)
            return [CheckResult.Warning("broker", "mqtt.enabled is false: events go nowhere but to the log", "set it to true to publish events")];
        try
        {
            return [Connect(options, time).GetAwaiter().GetResult()];
        }
        catch (InputException exception)
        {
            return [CheckResult.Failed("broker", exception.Message, "check the mqtt settings")];
        }
    }

    private static async Task<CheckResult> Connect(AgentOptions options, TimeProvider time)
    {
        var settings = BrokerSettings.SessionOptions(options);
        settings = settings with { ClientId = settings.ClientId + "-doctor", SessionExpirySeconds = 0, Will = null };
        var names = string.Join(", ", settings.Brokers);
        await using var session = new MqttSession(settings, outbox: null, time, NullLogger<MqttSession>.Instance);
        session.Start();
        var started = time.GetTimestamp();
        while (session.State != MqttState.Connected && session.Statistics.LastFailure is null && time.GetElapsedTime(started) < Patience)
            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        if (session.State != MqttState.Connected)
        {
            var reason = session.Statistics.LastFailure?.Message ?? $"{names} does not answer within {Patience.TotalSeconds:0} s";
            return CheckResult.Failed("broker", reason, "check mqtt.servers, the credentials and the certificates");
        }

        var took = time.GetElapsedTime(started).TotalMilliseconds;
        await session.StopAsync(TimeSpan.Zero);
        return CheckResult.Ok("broker", FormattableString.Invariant($"connected to {names} in {took:0} ms{(settings.Tls.Enabled ? ", TLS" : ", without TLS")}"));
    }
}
