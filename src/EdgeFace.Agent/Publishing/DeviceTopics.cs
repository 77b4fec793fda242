using EdgeFace.Agent.Configuration;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Publishing;

/// <summary>
/// Where a device publishes: its own tree, or, at Azure IoT Hub, which takes nothing else, the one topic for telemetry with
/// the kind in its property bag.
/// </summary>
internal static class DeviceTopics
{
    public static bool IsAzure(this AgentOptions options) => options.Remote is { Enabled: true, Cloud.Kind: CloudKind.Azure };

    public static string Thing(this AgentOptions options) => options.Remote.Cloud.Thing ?? options.Device;

    public static string Visit(AgentOptions options, string camera) => options.IsAzure()
        ? $"{Telemetry(options, "visit")}&camera={Uri.EscapeDataString(camera)}"
        : Topics.Visit(options.Mqtt.TopicRoot, options.Device, camera);

    public static string Status(AgentOptions options) => options.IsAzure() ? Telemetry(options, "status", "text%2Fplain") : Topics.Status(options.Mqtt.TopicRoot, options.Device);

    public static string Health(AgentOptions options) => options.IsAzure() ? Telemetry(options, "health") : Topics.Health(options.Mqtt.TopicRoot, options.Device);

    public static string Metrics(AgentOptions options) => options.IsAzure() ? Telemetry(options, "metrics") : Topics.Of(options.Mqtt.TopicRoot, options.Device, "metrics");

    public static string SelfTest(AgentOptions options) => options.IsAzure() ? Telemetry(options, "self-test") : Topics.Of(options.Mqtt.TopicRoot, options.Device, "self-test");

    private static string Telemetry(AgentOptions options, string kind, string type = "application%2Fjson")
        => $"devices/{options.Thing()}/messages/events/$.ct={type}&$.ce=utf-8&kind={kind}";
}
