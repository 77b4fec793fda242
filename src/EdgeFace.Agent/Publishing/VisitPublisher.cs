using System.Globalization;
using System.Text;
using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Recording;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Core.Events;
using EdgeFace.Messaging;

namespace EdgeFace.Agent.Publishing;

/// <summary>
/// Takes decided events: into the outbox first, durably; then, where wanted, onto the standard output, into a picture
/// and into a recording. Used by one thread.
/// </summary>
internal sealed class VisitPublisher
{
    private readonly AgentOptions _options;
    private readonly Outbox? _outbox;
    private readonly Company _company;
    private readonly FrigateMessages? _frigate;
    private TextWriter? _print;
    private readonly TimeProvider _time;
    private volatile Folders _folders = new(null, null);
    private readonly Func<Guid, bool> _isKnown;
    private readonly ILogger _logger;

    /// <summary>Who is told of visits beside the outbox.</summary>
    public sealed record Company(PresenceBoard? Presence, PictureSender? Pictures);

    /// <param name="isKnown">Whether a person is in the gallery: one who was removed while the event waited is not named.</param>
    public VisitPublisher(AgentOptions options, Outbox? outbox, Company company, TextWriter? print, Func<Guid, bool> isKnown, TimeProvider time, ILogger logger)
    {
        _company = company;
        _isKnown = isKnown;
        _frigate = outbox is not null && options.Mqtt.Frigate.Enabled ? new FrigateMessages(options.Mqtt.Frigate.Prefix) : null;
        _options = options;
        _outbox = outbox;
        _print = print;
        _logger = logger;
        _time = time;
        Use(options);
    }

    /// <summary>Events that could not be kept: the disk or the outbox was full.</summary>
    public long Lost { get; private set; }

    /// <summary>From now on pictures and recordings are written, or not, as these options say. From any thread.</summary>
    /// <exception cref="IOException">A folder cannot be made; nothing has changed then.</exception>
    public void Use(AgentOptions options)
    {
        var (snapshots, recordings) = (options.Snapshots, options.Recordings);
        _folders = new Folders(
            snapshots.Enabled
                ? new PictureFolder(DataFolders.Snapshots(options), ".jpg", snapshots.KeepCount, TimeSpan.FromHours(snapshots.KeepHours), _time)
                : null,
            recordings.Enabled
                ? new PictureFolder(DataFolders.Recordings(options), RecordingFile.Extension, recordings.KeepCount, TimeSpan.FromHours(recordings.KeepHours), _time)
                : null);
    }

    /// <summary>The report's pictures are let go of, whatever happens.</summary>
    public void Publish(VisitReport report)
    {
        try
        {
            if (report.Event.Person is { } person && !_isKnown(person.Id))
                report = report with { Event = VisitErasure.Anonymous(report.Event) };
            var payload = VisitEventJson.Serialize(report.Event);
            Keep(report.Event, payload);
            _company.Presence?.Observe(report.Event);
            Print(payload);
            Log.VisitReported(_logger, report.Event.Camera, report.Event.Visit, report.Event.Type, report.Event.Decision, report.Event.LatencyMs);
            _company.Pictures?.Offer(report);
            WriteSnapshot(report);
            WriteRecording(report);
        }
        finally
        {
            report.Release();
        }
    }

    private void Print(byte[] payload)
    {
        try
        {
            _print?.WriteLine(Encoding.UTF8.GetString(payload));
        }
        catch (IOException exception)
        {
            // Whoever reads along does not decide whether the door is watched.
            _print = null;
            Log.NotPrinted(_logger, exception.Message);
        }
    }

    private void Keep(VisitEvent visitEvent, byte[] payload)
    {
        if (_outbox is null)
            return;
        var priority = visitEvent.Type switch
        {
            VisitEventType.End => MessagePriority.VisitEnd,
            VisitEventType.Begin => MessagePriority.VisitBegin,
            _ => MessagePriority.VisitUpdate,
        };
        var topic = DeviceTopics.Visit(_options, visitEvent.Camera);
        Append(visitEvent, new OutboxMessage(visitEvent.Id.ToString(), topic, payload, priority, visitEvent.Camera, visitEvent.Time, Expiry: null));
        if (_frigate is null)
            return;
        foreach (var message in _frigate.Translate(visitEvent))
            Append(visitEvent, new OutboxMessage($"{visitEvent.Id}-{message.Kind}", message.Topic, message.Payload, priority, visitEvent.Camera, visitEvent.Time, Expiry: null));
    }

    private void Append(VisitEvent visitEvent, OutboxMessage message)
    {
        try
        {
            // False: the box is full of what counts for more; it counts and announces that itself.
            if (!_outbox!.Append(message))
                Lost++;
        }
        catch (OutboxException exception)
        {
            // A full disk must not stop the door from being watched; the event is counted and said to be lost.
            Lost++;
            Log.EventLost(_logger, visitEvent.Camera, visitEvent.Visit, exception.Message);
        }
    }

    private void WriteSnapshot(VisitReport report)
    {
        if (_folders.Snapshots is not { } folder || report.Scene is not { } scene)
            return;
        WriteInto(folder, report.Event, ".jpg", path => Snapshot.Write(path, scene, report.SceneBox, report.Event));
    }

    private void WriteRecording(VisitReport report)
    {
        if (_folders.Recordings is not { } folder || report.Recording is not { } recording)
            return;
        WriteInto(folder, report.Event, RecordingFile.Extension, path => RecordingFile.Write(path, recording));
    }

    /// <summary>A picture that cannot be written costs the picture: the door is watched on.</summary>
    private void WriteInto(PictureFolder folder, VisitEvent visitEvent, string extension, Action<string> write)
    {
        try
        {
            write(folder.File(FileName(visitEvent, extension)));
            folder.Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InputException)
        {
            Log.PictureNotWritten(_logger, visitEvent.Camera, exception.Message);
        }
    }

    private static string FileName(VisitEvent visitEvent, string extension)
    {
        var camera = new string([.. visitEvent.Camera.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-')]);
        return string.Create(CultureInfo.InvariantCulture, $"{visitEvent.Time.UtcDateTime:yyyyMMdd-HHmmss-fff}-{camera}-{visitEvent.Visit}{(visitEvent.Person is { } person ? PictureFolder.MarkOf(person.Id).TrimEnd('.') : "")}{extension}");
    }

    private sealed record Folders(PictureFolder? Snapshots, PictureFolder? Recordings);
}
