using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Logging;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Remote;

/// <summary>What the device can be asked over MQTT.</summary>
internal static class DeviceRequests
{
    /// <param name="session">Not started yet.</param>
    /// <param name="options">Of this run.</param>
    /// <param name="health">Gives a health report, as JSON.</param>
    /// <param name="level">The level that is logged.</param>
    public static void Attach(MqttSession session, AgentOptions options, Func<JsonNode> health, LogLevelSwitch level)
    {
        var desk = new RequestDesk(options.Mqtt.TopicRoot, options.Device, new Dictionary<string, Func<JsonObject, JsonNode?>>
        {
            ["health"] = _ => health(),
            ["log-level"] = request => SetLevel(request, level),
        });
        session.Subscribe(desk.Filter, message =>
        {
            if (desk.Handle(message) is { } answer)
                session.Publish(answer);
        });
    }

    /// <summary>Until the next start, or until a desired configuration is applied; without a level it only tells.</summary>
    internal static JsonNode SetLevel(JsonObject request, LogLevelSwitch level)
    {
        if (request["level"] is { } wanted)
        {
            level.Least = wanted.ToJsonString() switch
            {
                "\"debug\"" => LogLevel.Debug,
                "\"information\"" => LogLevel.Information,
                "\"warning\"" => LogLevel.Warning,
                "\"error\"" => LogLevel.Error,
                _ => throw new RequestException(400, "level must be one of debug, information, warning, error"),
            };
        }

        return new JsonObject { ["level"] = level.Least.ToString().ToLowerInvariant() };
    }
}
