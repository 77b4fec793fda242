using EdgeFace.Core;
using EdgeFace.ThirdParty.Mosquitto;

namespace EdgeFace.Messaging;

/// <summary>Checks options as a whole: each field, then what must fit together; all errors at once.</summary>
internal static class MqttOptionsCheck
{
    /// <exception cref="InputException">One line with every error.</exception>
    public static void Demand(MqttOptions options)
    {
        var errors = Errors(options);
        if (errors.Count > 0)
            throw new InputException(string.Join("; ", errors));
    }

    public static List<string> Errors(MqttOptions options)
    {
        var errors = new List<string>();
        foreach (var broker in options.Brokers)
            CheckBroker(broker, errors);
        if (options.ClientId.Length is 0 or > MqttOptions.MaxClientIdLength || options.ClientId.Any(char.IsControl))
            errors.Add($"mqtt ClientId must have 1 to {MqttOptions.MaxClientIdLength} characters without control characters");
        CheckRange(errors, "KeepAliveSeconds", options.KeepAliveSeconds, MqttOptions.LeastKeepAliveSeconds, MqttOptions.MostKeepAliveSeconds);
        CheckRange(errors, "SessionExpirySeconds", options.SessionExpirySeconds, 0, MqttOptions.MostSessionExpirySeconds);
        CheckRange(errors, "MaxInFlight", options.MaxInFlight, 1, MqttOptions.MostInFlight);
        CheckRange(errors, "ConnectTimeoutMs", options.ConnectTimeoutMs, MqttOptions.LeastTimeoutMs, MqttOptions.MostTimeoutMs);
        CheckRange(errors, "ReconnectMinMs", options.ReconnectMinMs, MqttOptions.LeastReconnectMs, MqttOptions.MostReconnectMs);
        CheckRange(errors, "ReconnectMaxMs", options.ReconnectMaxMs, MqttOptions.LeastReconnectMs, MqttOptions.MostReconnectMs);
        CheckRange(errors, "MaxPendingIncoming", options.MaxPendingIncoming, 1, MqttOptions.MostPendingIncoming);
        if (options.ReconnectMaxMs < options.ReconnectMinMs)
            errors.Add($"mqtt ReconnectMaxMs {options.ReconnectMaxMs} is less than ReconnectMinMs {options.ReconnectMinMs}");
        if (options.Will is { } will && !MosquittoLibrary.IsTopic(will.Topic))
            errors.Add($"mqtt Will: '{will.Topic}' is not a topic to publish to");
        CheckFiles(options, errors);
        return errors;
    }

    private static void CheckBroker(MqttBroker broker, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(broker.Host) || broker.Host.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            errors.Add($"mqtt host '{broker.Host}' is not a host name or address");
        if (broker.Port is < 1 or > 65535)
            errors.Add($"mqtt port {broker.Port} is not in 1..65535");
    }

    private static void CheckRange(List<string> errors, string name, int value, int least, int most)
    {
        if (value < least || value > most)
            errors.Add($"mqtt {name} {value} is not in {least}..{most}");
    }

    private static void CheckFiles(MqttOptions options, List<string> errors)
    {
        var tls = options.Tls;
        CheckFile(errors, "UsernameFile", options.UsernameFile);
        CheckFile(errors, "PasswordFile", options.PasswordFile);
        if (options.PasswordFile is not null && options.UsernameFile is null)
            errors.Add("mqtt PasswordFile needs UsernameFile as well");
        if (!tls.Enabled)
        {
            if (tls.CaFile is not null || tls.CertFile is not null || tls.KeyFile is not null)
                errors.Add("mqtt Tls names files but is not enabled: set Tls.Enabled or remove them");
            return;
        }

        CheckFile(errors, "Tls.CaFile", tls.CaFile);
        CheckFile(errors, "Tls.CertFile", tls.CertFile);
        CheckFile(errors, "Tls.KeyFile", tls.KeyFile);
        if (tls.CertFile is null != tls.KeyFile is null)
            errors.Add("mqtt Tls.CertFile and Tls.KeyFile go together");
    }

    private static void CheckFile(List<string> errors, string name, string? path)
    {
        if (path is not null && !File.Exists(path))
            errors.Add($"mqtt {name}: {path} does not exist");
    }
}
