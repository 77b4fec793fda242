using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>From one connection to the next: each reason is reported once for each broker, however many attempts there are.</summary>
internal sealed class FailureEpisode(ILogger logger)
{
    private readonly HashSet<(MqttBroker, MqttFailureKind)> _reported = [];

    public void Report(MqttBroker broker, MqttFailure failure)
    {
        if (_reported.Add((broker, failure.Kind)))
            Log.NotConnected(logger, broker.ToString(), failure.Message);
    }

    public void End() => _reported.Clear();
}
