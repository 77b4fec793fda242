using System.Runtime.InteropServices;
using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>Turns codes of the library, of OpenSSL and of the broker into a kind and a sentence.</summary>
internal static class FailureReasons
{
    // X509_V_ERR_* of OpenSSL 3 (x509_vfy.h).
    private const int NotYetValid = 9;
    private const int HasExpired = 10;
    private const int HostNameDiffers = 62;
    private const int AddressDiffers = 64;

    /// <summary>The handshake failed: by what the certificate check and the library's error lines say.</summary>
    public static MqttFailure Tls(MqttBroker broker, int certificateResult, IReadOnlyList<string> lines, bool hasCertificate)
    {
        var detail = string.Join("; ", lines.Distinct());
        if (detail.Contains("host name verification failed", StringComparison.Ordinal))
            return HostName(broker);
        if (detail.Contains("Unable to load", StringComparison.Ordinal) || detail.Contains("inconsistent", StringComparison.Ordinal))
            return new(MqttFailureKind.Configuration, $"a file of the Tls options cannot be used: {detail}");
        if (certificateResult == 0 && detail.Contains("certificate verify failed", StringComparison.Ordinal))
            return new(MqttFailureKind.UntrustedCertificate, $"the certificate of {broker} is not trusted ({detail}): check Tls.CaFile");
        return certificateResult switch
        {
            0 => TlsWithoutCertificateError(broker, detail, hasCertificate),
            HasExpired => new(MqttFailureKind.CertificateExpired, $"the certificate of {broker} has expired: renew it, and check this device's clock"),
            NotYetValid => new(MqttFailureKind.CertificateExpired, $"the certificate of {broker} is not yet valid: check this device's clock"),
            HostNameDiffers or AddressDiffers => HostName(broker),
            _ => new(
                MqttFailureKind.UntrustedCertificate,
                $"the certificate of {broker} is not trusted ({MosquittoClient.DescribeCertificateResult(certificateResult)}): check Tls.CaFile"),
        };
    }

    /// <summary>CONNACK with a failure: an MQTT 5 reason code, or a 3.1.1 return code below 128.</summary>
    public static MqttFailure Connack(MqttBroker broker, int reason) => reason switch
    {
        1 or MosquittoReason.UnsupportedProtocolVersion => new(MqttFailureKind.ProtocolVersion, $"{broker} does not speak this version of MQTT"),
        2 or MosquittoReason.ClientIdNotValid => new(MqttFailureKind.ClientIdRefused, $"{broker} refuses the client id"),
        3 or MosquittoReason.ServerUnavailable or MosquittoReason.ServerBusy => new(MqttFailureKind.BrokerUnavailable, $"{broker} is not available"),
        4 or MosquittoReason.BadUserNameOrPassword => new(MqttFailureKind.BadCredentials, $"{broker} refuses user name or password: check the files"),
        5 or MosquittoReason.NotAuthorized or MosquittoReason.Banned => new(
            MqttFailureKind.NotAuthorized, $"{broker} does not authorise this client: check user name, password and the broker's rules"),
        _ => new(MqttFailureKind.ProtocolError, $"{broker} refuses the session: {Text(reason)}"),
    };

    /// <summary>An established connection ended: a reason code of the broker's DISCONNECT.</summary>
    public static MqttFailure Disconnect(MqttBroker broker, int reason) => reason switch
    {
        MosquittoReason.SessionTakenOver => new(
            MqttFailureKind.SessionTakenOver, $"another client came to {broker} with this client id: give each device its own"),
        MosquittoReason.ServerShuttingDown => new(MqttFailureKind.BrokerUnavailable, $"{broker} is shutting down"),
        MosquittoReason.KeepAliveTimeout => new(MqttFailureKind.KeepAlive, $"{broker} heard nothing for too long"),
        _ => new(MqttFailureKind.ProtocolError, $"{broker} ended the connection: {Text(reason)}"),
    };

    /// <summary>A call of the library failed.</summary>
    public static MqttFailure Call(MqttBroker broker, MosquittoError error, int errno) => error switch
    {
        MosquittoError.KeepAlive => new(MqttFailureKind.KeepAlive, $"{broker} does not answer any more"),
        MosquittoError.ConnectionLost or MosquittoError.NotConnected => new(MqttFailureKind.ConnectionLost, $"{broker} closed the connection"),
        MosquittoError.Errno => new(MqttFailureKind.ConnectionLost, $"connection to {broker}: {Marshal.GetPInvokeErrorMessage(errno)}"),
        MosquittoError.AddressLookup => new(MqttFailureKind.NameNotResolved, $"the name {broker.Host} cannot be resolved"),
        _ => new(MqttFailureKind.ProtocolError, $"{broker} does not keep to MQTT: {MosquittoLibrary.Describe(error)}"),
    };

    /// <summary>The broker sent what no broker may send.</summary>
    public static MqttFailure Malformed(MqttBroker broker, string fault) => new(MqttFailureKind.ProtocolError, $"{broker} does not keep to MQTT: {fault}");

    public static string Text(int reason) => reason >= MosquittoReason.FirstFailure
        ? MosquittoLibrary.DescribeReason(reason)
        : MosquittoLibrary.DescribeConnack(reason);

    private static MqttFailure HostName(MqttBroker broker) => new(
        MqttFailureKind.HostNameMismatch, $"the certificate of {broker} is for another host name than {broker.Host}: use the name it was issued for");

    private static MqttFailure TlsWithoutCertificateError(MqttBroker broker, string detail, bool hasCertificate)
    {
        var hint = detail switch
        {
            _ when detail.Contains("wrong version number", StringComparison.Ordinal) => "nothing on this port speaks TLS",
            _ when detail.Contains("certificate required", StringComparison.Ordinal) => "the broker asks for a client certificate: set Tls.CertFile and Tls.KeyFile",
            _ when detail.Contains("alert", StringComparison.Ordinal) => "the broker refuses the handshake, perhaps for the client certificate",
            // The alert that says so can be lost when the broker closes at once: it is then a guess, and said to be one.
            _ when !hasCertificate => "the handshake broke off; the broker may ask for a client certificate (Tls.CertFile and Tls.KeyFile)",
            _ => "the handshake broke off",
        };
        return new MqttFailure(MqttFailureKind.Tls, detail.Length > 0 ? $"TLS with {broker}: {hint} ({detail})" : $"TLS with {broker}: {hint}");
    }
}
