using System.Text.Json;

namespace EdgeFace.Messaging.Requests;

/// <summary>
/// Requests as direct methods of Azure IoT Hub (learn.microsoft.com: iot-hub-mqtt-support, "Respond to a direct method"): a method is called on
/// <c>$iothub/methods/POST/NAME/?$rid=ID</c> and answered on <c>$iothub/methods/res/STATUS/?$rid=ID</c>, with the same documents as elsewhere.
/// </summary>
public static class AzureMethods
{
    public const string Filter = Called + "#";

    private const string Called = "$iothub/methods/POST/";
    private const string Identifier = "/?$rid=";
    private const int MostIdentifier = 128;
    private const int Ok = 200;

    /// <summary>Gives the desk what a message asks for; passes over what is no call of a method.</summary>
    public static void Receive(MqttMessage message, RequestDesk desk)
    {
        if (message.Retained || !message.Topic.StartsWith(Called, StringComparison.Ordinal))
            return;
        var rest = message.Topic[Called.Length..];
        var at = rest.IndexOf(Identifier, StringComparison.Ordinal);
        if (at <= 0)
            return;
        var (name, id) = (rest[..at], rest[(at + Identifier.Length)..]);
        if (id.Length is 0 or > MostIdentifier || !id.All(char.IsAsciiLetterOrDigit))
            return;
        // A method that is called without a payload.
        var payload = message.Payload.Span.Trim(" \t\r\n"u8).SequenceEqual("null"u8) ? default : message.Payload;
        desk.Receive(name, payload, response => new Answer($"$iothub/methods/res/{StatusOf(response)}/?$rid={id}", response, null));
    }

    private static int StatusOf(byte[] response)
    {
        using var document = JsonDocument.Parse(response);
        return document.RootElement.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : Ok;
    }
}
