using System.Text;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Publishing;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Discovery;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Remote;

/// <summary>What a run of the agent tells of the device beside visits: health, figures, who is there, and what Home Assistant shows of it.</summary>
internal sealed class DeviceReports : IAsyncDisposable
{
    private static readonly TimeSpan FirstHealth = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HealthInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PresenceInterval = TimeSpan.FromSeconds(1);

    private readonly MqttSession _session;
    private readonly AgentRuntime _runtime;
    private readonly AgentOptions _options;
    private readonly HealthSource _health;
    private readonly MetricsFile _metrics;
    private readonly RetainedTopics _kept;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _announcing = new();
    private readonly List<ITimer> _timers = [];
    private byte[] _announcement = [];
    private IReadOnlyList<Guid> _removed = [];
    private long _peopleOf = -1;

    /// <param name="session">Not started yet.</param>
    public DeviceReports(MqttSession session, AgentRuntime runtime, AgentOptions options, TimeProvider time, ILogger logger)
    {
        _session = session;
        _runtime = runtime;
        _options = options;
        _logger = logger;
        _health = new HealthSource(runtime, options, time);
        _metrics = new MetricsFile(options, runtime, time);
        _kept = new RetainedTopics(DataFolders.RetainedTopics(options));
        // A hub that keeps nothing has nothing to be taken back.
        if (!options.IsAzure())
        {
            ShowPeople();
            Announce();
            session.SetRetained(Topic("update/installed"), Encoding.UTF8.GetBytes(AgentVersion.Version));
        }

        if (options.Mqtt.HomeAssistant.Enabled)
            AnswerHomeAssistant();
        _timers.Add(time.CreateTimer(_ => ReportHealth(), null, FirstHealth, HealthInterval));
        if (options.Mqtt.MetricsSeconds > 0)
            _timers.Add(time.CreateTimer(_ => ReportMetrics(), null, TimeSpan.FromSeconds(options.Mqtt.MetricsSeconds), TimeSpan.FromSeconds(options.Mqtt.MetricsSeconds)));
        if (runtime.Presence is not null)
            _timers.Add(time.CreateTimer(_ => Tick(), null, PresenceInterval, PresenceInterval));
    }

    /// <summary>A report under way has ended afterwards.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var timer in _timers)
            await timer.DisposeAsync();
    }

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
            throw new RequestException(RequestCode.Failed, exception.Message);
        }
    }

    private string Topic(string name) => Topics.Of(_options.Mqtt.TopicRoot, _options.Device, name);

    private void ReportHealth()
    {
        try
        {
            lock (_lock)
                _session.SetRetained(DeviceTopics.Health(_options), _health.Read().WritePayload());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.HealthNotRead(_logger, exception.Message);
        }
    }

    // Neither kept nor repeated: a figure of a minute ago is of no use to a dashboard.
    private void ReportMetrics()
    {
        if (_session.State == MqttState.Connected)
            _session.Publish(new Answer(DeviceTopics.Metrics(_options), _metrics.ReadDocument(), null));
    }

    private void Tick()
    {
        // A tick that takes long, as the disk does, is not joined by the next one.
        if (!_announcing.TryEnter())
            return;
        try
        {
            if (ShowPeople())
                Announce();
            else
                TellPresence();
        }
        catch (Exception exception) when (exception is Core.InputException or IOException or System.Data.Common.DbException or ObjectDisposedException)
        {
            Log.PresenceNotTold(_logger, exception.Message);
        }
        finally
        {
            _announcing.Exit();
        }
    }

    // True when others are shown than before.
    private bool ShowPeople()
    {
        if (_runtime.Presence is not { } presence || _runtime.Gallery.Revision == _peopleOf)
            return false;
        _peopleOf = _runtime.Gallery.Revision;
        var before = presence.People.Select(person => person.Id).ToList();
        var people = _runtime.Store.List();
        presence.Use(people.Select(summary => summary.Person));
        if (people.Count > PresenceBoard.MostPeople)
            Log.PresenceBounded(_logger, people.Count, PresenceBoard.MostPeople);
        _removed = [.. before.Except(presence.People.Select(person => person.Id))];
        return true;
    }

    private void TellPresence()
    {
        foreach (var (person, present) in _runtime.Presence?.Changes() ?? [])
            _session.SetRetained(PresenceBoard.Topic(_options, person), present switch { true => "ON"u8.ToArray(), false => "OFF"u8.ToArray(), null => [] });
    }

    private void Announce()
    {
        var options = _options.Mqtt.HomeAssistant;
        var device = new HomeAssistantDevice(
            _options.Mqtt.TopicRoot, _options.Device, AgentVersion.Version, [.. _options.Cameras.Where(camera => camera.Enabled).Select(camera => camera.Name)])
        {
            HasPictures = _options.Mqtt.Pictures.Enabled,
            People = [.. (_runtime.Presence?.People ?? []).Select(person => (person.Id, person.Name))],
            Removed = _removed,
        };
        var topic = device.Topic(options.Prefix);
        // Told once under another name or prefix, or of somebody who is gone: taken back, or it would be shown for ever.
        foreach (var former in Remember(options.Enabled ? topic : null))
            _session.SetRetained(former, []);
        TellPresence();
        if (!options.Enabled)
            return;
        Volatile.Write(ref _announcement, device.WritePayload());
        _session.SetRetained(topic, _announcement);
    }

    // Home Assistant has begun anew: it asks for what it should know.
    private void AnswerHomeAssistant()
    {
        var prefix = _options.Mqtt.HomeAssistant.Prefix;
        var topic = new HomeAssistantDevice(_options.Mqtt.TopicRoot, _options.Device, AgentVersion.Version, []).Topic(prefix);
        _session.Subscribe($"{prefix}/status", message =>
        {
            if (message.Payload.Span.SequenceEqual("online"u8))
                _session.SetRetained(topic, Volatile.Read(ref _announcement));
        });
    }

    private IReadOnlyList<string> Remember(string? announced)
    {
        List<string> present =
        [
            BrokerSettings.StatusTopic(_options),
            Topics.Health(_options.Mqtt.TopicRoot, _options.Device),
            Topics.ConfigReported(_options.Mqtt.TopicRoot, _options.Device),
            Topic("update/installed"),
            .. announced is null ? [] : (string[])[announced],
            .. _options.Mqtt.Frigate.Enabled ? [FrigateMessages.AvailableTopic(_options.Mqtt.Frigate.Prefix)] : (string[])[],
            .. (_runtime.Presence?.People ?? []).Select(person => PresenceBoard.Topic(_options, person.Id)),
        ];
        try
        {
            return _kept.Replace(RetainedTopics.BrokerOf(_options), present);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Core.InputException)
        {
            // A full disk must not keep cameras from being watched; the next start tries again.
            Log.AnnouncementNotKept(_logger, exception.Message);
            return [];
        }
    }
}
