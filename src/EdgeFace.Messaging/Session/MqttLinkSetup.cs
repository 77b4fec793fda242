using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>Puts the options into a client before it connects. Files are read anew each time, so renewed ones are taken up.</summary>
internal static class MqttLinkSetup
{
    private const string SystemAuthorities = "/etc/ssl/certs";
    private const int MostSecretBytes = 64 << 10;

    /// <exception cref="ArgumentException">The library does not accept something.</exception>
    /// <exception cref="IOException">A file is not readable.</exception>
    public static void Apply(MosquittoClient client, MqttOptions options)
    {
        client.SetWindow(MqttOptions.MostInFlight, MqttOptions.MostInFlight);
        var tls = options.Tls;
        if (tls.Enabled)
        {
            client.SetTls(
                tls.CaFile,
                tls.CaFile is null ? SystemAuthorities : null,
                tls.CertFile,
                tls.KeyFile,
                tls.VerifyHostName);
        }

        if (options.UsernameFile is { } user)
            client.SetCredentials(Secret(user), options.PasswordFile is { } password ? Secret(password) : null);
        if (options.Will is { } will)
            client.SetWill(will.Topic, will.Payload, qos: 1, retain: options.UsesRetain);
    }

    public static MosquittoPropertyList ConnectProperties(MqttOptions options)
    {
        var properties = new MosquittoPropertyList();
        properties.AddInt32(MosquittoProperty.SessionExpiryInterval, (uint)options.SessionExpirySeconds);
        properties.AddInt32(MosquittoProperty.MaximumPacketSize, MqttOptions.MaxIncomingPacketBytes);
        return properties;
    }

    private static string Secret(string path)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length > MostSecretBytes)
            throw new IOException($"{path} is too large for a user name or password.");
        return File.ReadAllText(path).TrimEnd('\r', '\n');
    }
}
