using System.Globalization;
using System.Text;
using EdgeFace.Agent.Configuration;
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
    private readonly string _topicRoot;
    private readonly Outbox? _outbox;
    private TextWriter? _print;
    private readonly PictureFolder? _snapshots;
    private readonly PictureFolder? _recordings;
    private readonly ILogger _logger;

    public VisitPublisher(AgentOptions options, Outbox? outbox, TextWriter? print, TimeProvider time, ILogger logger)
    {
        _topicRoot = options.Mqtt.TopicRoot;
        _outbox = outbox;
        _print = print;
        _logger = logger;
        if (options.Snapshots.Enabled)
        {
            _snapshots = new PictureFolder(options.Snapshots.Folder ?? Path.Combine(options.DataFolder, "snapshots"), ".jpg",
                options.Snapshots.KeepCount, TimeSpan.FromHours(options.Snapshots.KeepHours), time);
        }

        if (options.Recordings.Enabled)
        {
            _recordings = new PictureFolder(options.Recordings.Folder ?? Path.Combine(options.DataFolder, "recordings"), RecordingFile.Extension,
                options.Recordings.KeepCount, TimeSpan.FromHours(options.Recordings.KeepHours), time);
        }
    }

    /// <summary>Events that could not be kept: the disk or the outbox was full.</summary>
    public long Lost { get; private set; }

    /// <summary>The report's pictures are let go of, whatever happens.</summary>
    public void Publish(VisitReport report)
    {
        try
        {
            var payload = VisitEventJson.Serialize(report.Event);
            Keep(report.Event, payload);
            Print(payload);
            Log.VisitReported(_logger, report.Event.Camera, report.Event.Visit, report.Event.Type, report.Event.Decision, report.Event.LatencyMs);
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
        var topic = Topics.Visit(_topicRoot, visitEvent.Device, visitEvent.Camera);
        try
        {
            // False: the box is full of what counts for more; it counts and announces that itself.
            if (!_outbox.Append(new OutboxMessage(visitEvent.Id.ToString(), topic, payload, priority, visitEvent.Camera, visitEvent.Time, Expiry: null)))
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
        if (_snapshots is null || report.Scene is not { } scene)
            return;
        WriteInto(_snapshots, report.Event, ".jpg", path => Snapshot.Write(path, scene, report.SceneBox, report.Event));
    }

    private void WriteRecording(VisitReport report)
    {
        if (_recordings is null || report.Recording is not { } recording)
            return;
        WriteInto(_recordings, report.Event, RecordingFile.Extension, path => RecordingFile.Write(path, recording));
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
        return string.Create(CultureInfo.InvariantCulture, $"{visitEvent.Time.UtcDateTime:yyyyMMdd-HHmmss-fff}-{camera}-{visitEvent.Visit}{extension}");
    }
}
