namespace EdgeFace.Messaging;

/// <summary>Where the broker is and how to speak to it. Passwords are read from files, never from options.</summary>
public sealed record MqttOptions
{
    public const int LeastKeepAliveSeconds = 5;
    public const int MostKeepAliveSeconds = 3600;
    public const int MostInFlight = 256;
    public const int MostSessionExpirySeconds = 30 * 24 * 3600;
    public const int LeastTimeoutMs = 100;
    public const int MostTimeoutMs = 120_000;
    public const int LeastReconnectMs = 10;
    public const int MostReconnectMs = 3_600_000;
    public const int MostPendingIncoming = 65_536;

    /// <summary>Longest client id, characters.</summary>
    public const int MaxClientIdLength = 128;

    /// <summary>Largest packet that is taken from the broker, bytes.</summary>
    public const int MaxIncomingPacketBytes = 4 << 20;

    /// <summary>Name or address of the broker. Default localhost.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Port of the broker, 1 to 65535. Default 1883.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>Further brokers, tried in this order when the first is not to be had. Default none.</summary>
    public IReadOnlyList<MqttBroker> Fallbacks { get; init; } = [];

    /// <summary>TLS. Default off.</summary>
    public MqttTlsOptions Tls { get; init; } = new();

    /// <summary>File with the user name; null for none.</summary>
    public string? UsernameFile { get; init; }

    /// <summary>File with the password; null for none. Read anew for every connection.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Name of the client at the broker, which keeps the session under it; one device, one name. Default edgeface.</summary>
    public string ClientId { get; init; } = "edgeface";

    /// <summary>Seconds of silence after which the broker is asked whether it is there, 5 to 3600. Default 30.</summary>
    public int KeepAliveSeconds { get; init; } = 30;

    /// <summary>How long the broker keeps the session without a connection, seconds, 0 to 30 days. Default 3600. MQTT 5 only.</summary>
    public int SessionExpirySeconds { get; init; } = 3600;

    /// <summary>Most messages under way without acknowledgement, 1 to 256; the broker's receive maximum may lower it. Default 256.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>Time for resolving and reaching one broker, and once more for TLS and CONNACK, ms, 100 to 120000. Default 10000.</summary>
    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>First pause before another round of attempts, ms; doubled each time, with jitter. Default 1000.</summary>
    public int ReconnectMinMs { get; init; } = 1000;

    /// <summary>Longest pause, ms. Default 60000.</summary>
    public int ReconnectMaxMs { get; init; } = 60_000;

    /// <summary>Most incoming messages that wait for their handlers; more are dropped and counted. Default 1024.</summary>
    public int MaxPendingIncoming { get; init; } = 1024;

    /// <summary>
    /// What the broker publishes, retained, when the connection breaks, and this session itself when it is stopped. Default none.
    /// </summary>
    public MqttWill? Will { get; init; }

    /// <summary>Speaks MQTT 3.1.1 from the start, for brokers that take nothing else. Default false.</summary>
    public bool OnlyMqtt311 { get; init; }

    /// <summary>Whether values are retained at the broker; some clouds do not. Default true.</summary>
    public bool UsesRetain { get; init; } = true;

    /// <summary>All brokers in the order of trying.</summary>
    public IReadOnlyList<MqttBroker> Brokers => [new MqttBroker(Host, Port), .. Fallbacks];
}

/// <summary>Address of a broker.</summary>
public sealed record MqttBroker(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>The retained message of a device that is gone.</summary>
public sealed record MqttWill(string Topic, byte[] Payload);

/// <summary>TLS towards the broker. Without it nothing is encrypted; with it there is never a plain connection.</summary>
public sealed record MqttTlsOptions
{
    /// <summary>Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>PEM file of the authorities to trust; null for the system's. Default null.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the client's certificate (chain); null for none.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file of its key, without a passphrase.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Whether the certificate must name the host that was asked for. Default true.</summary>
    public bool VerifyHostName { get; init; } = true;
}
