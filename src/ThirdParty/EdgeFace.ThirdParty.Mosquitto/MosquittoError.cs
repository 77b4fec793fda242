#nullable enable

namespace EdgeFace.ThirdParty.Mosquitto;

/// <summary>Return codes of libmosquitto (enum mosq_err_t of 2.0.11).</summary>
public enum MosquittoError
{
    ConnectionPending = -1,
    Success = 0,
    OutOfMemory = 1,
    Protocol = 2,
    InvalidArgument = 3,
    NotConnected = 4,
    ConnectionRefused = 5,
    NotFound = 6,
    ConnectionLost = 7,
    Tls = 8,
    PayloadTooLarge = 9,
    NotSupported = 10,
    Authentication = 11,
    AclDenied = 12,
    Unknown = 13,
    Errno = 14,
    AddressLookup = 15,
    Proxy = 16,
    MalformedUtf8 = 18,
    KeepAlive = 19,
    Lookup = 20,
    MalformedPacket = 21,
    DuplicateProperty = 22,
    TlsHandshake = 23,
    QosNotSupported = 24,
    OversizePacket = 25,
    Timeout = 27,
    RetainNotSupported = 28,
}

/// <summary>Protocol versions as MQTT_PROTOCOL_V* names them.</summary>
public enum MosquittoProtocol
{
    V311 = 4,
    V5 = 5,
}

/// <summary>Levels of the log callback (MOSQ_LOG_*).</summary>
[Flags]
public enum MosquittoLogLevel
{
    None = 0,
    Info = 1,
    Notice = 2,
    Warning = 4,
    Error = 8,
    Debug = 16,
}

/// <summary>Identifiers of MQTT 5 properties (section 2.2.2.2 of the standard).</summary>
public enum MosquittoProperty
{
    PayloadFormatIndicator = 1,
    MessageExpiryInterval = 2,
    ContentType = 3,
    ResponseTopic = 8,
    CorrelationData = 9,
    SessionExpiryInterval = 17,
    AssignedClientIdentifier = 18,
    ServerKeepAlive = 19,
    WillDelayInterval = 24,
    ReasonString = 31,
    ReceiveMaximum = 33,
    MaximumQos = 36,
    RetainAvailable = 37,
    UserProperty = 38,
    MaximumPacketSize = 39,
}

/// <summary>MQTT 5 reason codes that a caller may need to tell apart (section 2.4 of the standard).</summary>
public static class MosquittoReason
{
    public const int Success = 0;
    public const int FirstFailure = 128;
    public const int UnsupportedProtocolVersion = 132;
    public const int ClientIdNotValid = 133;
    public const int BadUserNameOrPassword = 134;
    public const int NotAuthorized = 135;
    public const int ServerUnavailable = 136;
    public const int ServerBusy = 137;
    public const int Banned = 138;
    public const int ServerShuttingDown = 139;
    public const int KeepAliveTimeout = 141;
    public const int SessionTakenOver = 142;
    public const int TopicNameInvalid = 144;
    public const int PacketTooLarge = 149;
    public const int QuotaExceeded = 151;
    public const int PayloadFormatInvalid = 153;
}
