namespace EdgeFace.Messaging;

/// <summary>Why there is no connection.</summary>
public enum MqttFailureKind
{
    /// <summary>A file of the options is not readable, or the library does not accept it.</summary>
    Configuration,
    NameNotResolved,
    ConnectionRefused,
    Unreachable,
    TimedOut,
    UntrustedCertificate,
    CertificateExpired,
    HostNameMismatch,
    Tls,
    ProtocolVersion,
    BadCredentials,
    NotAuthorized,
    ClientIdRefused,
    BrokerUnavailable,
    SessionTakenOver,
    KeepAlive,
    ConnectionLost,
    ProtocolError,
}

/// <summary>A kind to act on, and one sentence for the log: what and, where it helps, what to do.</summary>
public sealed record MqttFailure(MqttFailureKind Kind, string Message);
