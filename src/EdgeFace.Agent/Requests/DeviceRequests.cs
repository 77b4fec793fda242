using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Logging;
using EdgeFace.Agent.Publishing;
using EdgeFace.Messaging;
using EdgeFace.Messaging.RemoteConfiguration;
using EdgeFace.Messaging.Requests;

namespace EdgeFace.Agent.Requests;

/// <summary>What the device can be asked over MQTT. Lives as long as a run of the agent.</summary>
internal sealed class DeviceRequests : IDisposable
{
    private readonly KeyRing _keys;
    private readonly RequestDesk _desk;

    /// <param name="session">Not started yet.</param>
    /// <param name="runtime">What is asked.</param>
    /// <param name="actions">What only the process can do.</param>
    /// <exception cref="Core.InputException">A key of the configuration cannot be read.</exception>
    public DeviceRequests(MqttSession session, AgentRuntime runtime, AgentOptions options, Actions actions, TimeProvider time, ILoggerFactory loggers)
    {
        _keys = KeyRing.Read(options.Remote.Keys.Select(key => (key.Id, key.File)));
        var handlers = Handlers(session, runtime, actions, time, loggers)
            .Where(handler => options.Requests.Allow.Contains(handler.Key) && !(options.IsAzure() && handler.Key == RequestNames.Snapshot))
            .ToDictionary(StringComparer.Ordinal);
        var setup = new RequestDeskSetup(
            options.Mqtt.TopicRoot, options.Device, options.Requests.PerMinute, _keys, new RequestJournal(DataFolders.Requests(options), time));
        _desk = new RequestDesk(setup, handlers, session.Publish, time);
        // Azure IoT Hub ends a connection that uses anything but its own topics: direct methods are the form there, and a picture has no topic.
        if (options.IsAzure())
            session.Subscribe(AzureMethods.Filter, message => AzureMethods.Receive(message, _desk));
        else
            session.Subscribe(_desk.Filter, _desk.Receive);
    }

    /// <summary>What only the process can do.</summary>
    /// <param name="Health">Gives a health report, as JSON.</param>
    /// <param name="Level">The level that is logged.</param>
    /// <param name="Reload">Reads the configuration file again: the action that takes it up, or an <see cref="Core.InputException"/>.</param>
    /// <param name="Restart">Begins anew; gives how.</param>
    /// <param name="SyncGallery">Asks the gallery's server now; null where there is none.</param>
    internal sealed record Actions(Func<JsonNode> Health, LogLevelSwitch Level, Func<Action> Reload, RestartAction Restart, Func<JsonNode>? SyncGallery = null);

    /// <param name="Mode">How the agent begins anew: <c>service</c> (the service manager starts it again) or <c>run</c> (inside the process).</param>
    internal sealed record RestartAction(string Mode, Action Begin);

    public void Dispose()
    {
        _desk.Dispose();
        _keys.Dispose();
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
                _ => throw new RequestException(RequestCode.Bad, "level must be one of debug, information, warning, error"),
            };
        }

        return new JsonObject { ["level"] = level.Least.ToString().ToLowerInvariant() };
    }

    private static Dictionary<string, RequestHandler> Handlers(MqttSession session, AgentRuntime runtime, Actions actions, TimeProvider time, ILoggerFactory loggers)
    {
        var recognition = new RecognitionRequests(runtime, loggers);
        Action? reload = null;
        return new Dictionary<string, RequestHandler>(StringComparer.Ordinal)
        {
            [RequestNames.Health] = new(_ => actions.Health()),
            [RequestNames.LogLevel] = new(request => SetLevel(request, actions.Level), "level"),
            [RequestNames.Identify] = new(recognition.Identify, "picture") { Slow = true, MaxBytes = RequestHandler.MaxPictureBytes },
            [RequestNames.Enroll] = new(recognition.Enroll, "name", "pictures", "largest")
            {
                Slow = true, Once = true, NeedsSignature = true, MaxBytes = RequestHandler.MaxPictureBytes,
            },
            [RequestNames.Snapshot] = new(new SnapshotRequest(runtime, session, time).Take, "camera") { Slow = true, Once = true, NeedsSignature = true },
            [RequestNames.SelfTest] = new(_ => new SelfTest(runtime, time, loggers).Run()) { Slow = true },
            [RequestNames.Reload] = new(_ =>
            {
                reload = Prepare(actions.Reload);
                return new JsonObject { ["mode"] = "run" };
            })
            {
                Once = true, Afterwards = () => reload!(),
            },
            [RequestNames.Restart] = new(_ => new JsonObject { ["mode"] = actions.Restart.Mode }) { Once = true, Afterwards = actions.Restart.Begin },
            [RequestNames.GallerySync] = new(_ => actions.SyncGallery?.Invoke()
                ?? throw new RequestException(RequestCode.Unavailable, "this device has no gallery server"))
            {
                Slow = true,
            },
        };
    }

    private static Action Prepare(Func<Action> reload)
    {
        try
        {
            return reload();
        }
        catch (Core.InputException exception)
        {
            throw new RequestException(RequestCode.NotAcceptable, exception.Message);
        }
    }
}
