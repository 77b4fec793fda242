using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>From one connection to the next: each reason is reported once for each broker, however many attempts there are.</summary>
internal sealed class FailureEpisode(ILogger logger)
{
    private readonly HashSet<(MqttBroker, MqttFailureKind)> _reported = [];
    private readonly Dictionary<MqttBroker, MqttFailure> _certificates = [];

    /// <summary>
    /// A broker whose certificate was refused may hang up before the next attempt gets as far as the certificate: a
    /// handshake that only breaks off then has the reason that is known already.
    /// </summary>
    /// <returns>The failure to hold, with the more exact reason where there is one.</returns>
    public MqttFailure Report(MqttBroker broker, MqttFailure failure)
    {
        if (failure.Kind is MqttFailureKind.UntrustedCertificate or MqttFailureKind.CertificateExpired or MqttFailureKind.HostNameMismatch)
            _certificates[broker] = failure;
        else if (failure.Kind == MqttFailureKind.Tls && _certificates.TryGetValue(broker, out var known))
            failure = known;

        if (_reported.Add((broker, failure.Kind)))
            Log.NotConnected(logger, broker.ToString(), failure.Message);
        return failure;
    }

    public void End()
    {
        _reported.Clear();
        _certificates.Clear();
    }
}
