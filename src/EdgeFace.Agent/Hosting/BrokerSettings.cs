using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Publishing;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Hosting;

/// <summary>Broker options of the configuration as the messaging project takes them.</summary>
internal static class BrokerSettings
{
    private const int PlainPort = 1883;
    private const int TlsPort = 8883;

    /// <summary>Payload of the status topic while the device is there.</summary>
    public static readonly byte[] Online = Encoding.ASCII.GetBytes("online");

    /// <summary>Payload of the status topic after it has gone, also as the last will.</summary>
    public static readonly byte[] Offline = Encoding.ASCII.GetBytes("offline");

    public static string StatusTopic(AgentOptions options) => DeviceTopics.Status(options);

    public static MqttOptions SessionOptions(AgentOptions options)
    {
        var mqtt = options.Mqtt;
        var brokers = mqtt.Servers.Select(server => Parse(server, mqtt.Tls.Enabled ? TlsPort : PlainPort)).ToList();
        return new MqttOptions
        {
            Host = brokers[0].Host,
            Port = brokers[0].Port,
            Fallbacks = brokers[1..],
            // Azure knows a device by its client id.
            ClientId = mqtt.ClientId ?? (options.IsAzure() ? options.Thing() : $"edgeface-{options.Device}"),
            OnlyMqtt311 = options.IsAzure(),
            UsesRetain = !options.IsAzure(),
            UsernameFile = mqtt.UsernameFile,
            PasswordFile = mqtt.PasswordFile,
            KeepAliveSeconds = mqtt.KeepAliveSeconds,
            Will = new MqttWill(StatusTopic(options), Offline),
            Tls = new MqttTlsOptions
            {
                Enabled = mqtt.Tls.Enabled,
                CaFile = mqtt.Tls.CaFile,
                CertFile = mqtt.Tls.CertificateFile,
                KeyFile = mqtt.Tls.KeyFile,
            },
        };
    }

    /// <summary>The connection that only says whether Frigate's form is served.</summary>
    public static MqttOptions FrigateOptions(AgentOptions options)
    {
        var session = SessionOptions(options);
        return session with { ClientId = session.ClientId + "-frigate", Will = new MqttWill(FrigateMessages.AvailableTopic(options.Mqtt.Frigate.Prefix), Offline) };
    }

    public static OutboxOptions OutboxOptions(BrokerOptions mqtt) => new()
    {
        MaxMessages = mqtt.Outbox.MaxMessages,
        MaxBytes = (long)mqtt.Outbox.MaxMegabytes << 20,
        MaxAge = TimeSpan.FromHours(mqtt.Outbox.MaxAgeHours),
    };

    private static MqttBroker Parse(string server, int defaultPort)
        => BrokerAddress.TryParse(server, out var address)
            ? new MqttBroker(address.Host, address.Port ?? defaultPort)
            : throw new ArgumentException($"'{server}' is not host or host:port.", nameof(server));
}
