using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Discovery;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Remote;

/// <summary>What a run of the agent tells of the device beside visits: its health, and what Home Assistant shows of it.</summary>
internal sealed class DeviceReports : IAsyncDisposable
{
    private static readonly TimeSpan FirstHealth = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HealthInterval = TimeSpan.FromMinutes(1);

    private readonly MqttSession _session;
    private readonly AgentOptions _options;
    private readonly HealthSource _health;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    /// <param name="session">Not started yet.</param>
    public DeviceReports(MqttSession session, AgentRuntime runtime, AgentOptions options, TimeProvider time, ILogger logger)
    {
        _session = session;
        _options = options;
        _logger = logger;
        _health = new HealthSource(runtime, options, time);
        AnnounceToHomeAssistant();
        _timer = time.CreateTimer(_ => ReportHealth(), null, FirstHealth, HealthInterval);
    }

    /// <summary>A report under way has ended afterwards.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>The health as it is now.</summary>
    public JsonNode ReadHealth()
    {
        try
        {
            lock (_lock)
                return JsonNode.Parse(_health.Read().WritePayload())!;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RequestException(500, exception.Message);
        }
    }

    private void ReportHealth()
    {
        try
        {
            lock (_lock)
                _session.SetRetained(Topics.Health(_options.Mqtt.TopicRoot, _options.Device), _health.Read().WritePayload());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.HealthNotRead(_logger, exception.Message);
        }
    }

    private string? Remember(string? topic)
    {
        try
        {
            return AnnouncedTopic.Exchange(DataFolders.HomeAssistant(_options), topic);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk must not keep cameras from being watched; the next start tries again.
            Log.AnnouncementNotKept(_logger, exception.Message);
            return null;
        }
    }

    private void AnnounceToHomeAssistant()
    {
        var options = _options.Mqtt.HomeAssistant;
        var device = new HomeAssistantDevice(
            _options.Mqtt.TopicRoot, _options.Device, AgentVersion.Version, [.. _options.Cameras.Where(camera => camera.Enabled).Select(camera => camera.Name)]);
        var topic = options.Enabled ? device.Topic(options.Prefix) : null;
        // Told once under another name or prefix, or when it was switched on: taken back, or it would be shown for ever.
        if (Remember(topic) is { } former)
            _session.SetRetained(former, []);
        if (topic is null)
            return;
        var payload = device.WritePayload();
        _session.SetRetained(topic, payload);
        // Home Assistant has begun anew: it asks for what it should know.
        _session.Subscribe($"{options.Prefix}/status", message =>
        {
            if (message.Payload.Span.SequenceEqual("online"u8))
                _session.SetRetained(topic, payload);
        });
    }
}
