using EdgeFace.Agent.Configuration;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Agent.Visits;
using EdgeFace.Core;
using EdgeFace.Core.Events;
using EdgeFace.Core.Faces;
using EdgeFace.Core.Imaging;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Pictures;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Publishing;

/// <summary>
/// Pictures of visits on their way to the broker, drawn and encoded on a thread of its own: whoever writes events never waits
/// for one. The oldest that waits is dropped for a newer one.
/// </summary>
internal sealed class PictureSender : IDisposable
{
    /// <summary>Last level of their topic.</summary>
    public const string Name = "visit";

    private const int MostWaiting = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly AgentOptions _options;
    private readonly Action<PictureMessage> _send;
    private readonly ILogger _logger;
    private readonly StageQueue<Item> _queue;
    private readonly Stage<Item> _stage;
    private long _dropped;

    public PictureSender(AgentOptions options, MqttSession session, TimeProvider time, ILogger logger)
        : this(options, session.Publish, time, logger)
    {
    }

    internal PictureSender(AgentOptions options, Action<PictureMessage> send, TimeProvider time, ILogger logger)
    {
        _options = options;
        _send = send;
        _logger = logger;
        _queue = new StageQueue<Item>(MostWaiting, FullQueue.DropOldest, static _ => true, item =>
        {
            item.Scene.Release();
            Interlocked.Increment(ref _dropped);
        });
        _stage = new Stage<Item>("pictures", _queue, Send, static () => { }, time);
        _stage.Start();
    }

    public int Waiting => _queue.Count;

    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes the picture of a visit that ended, if there is one; never waits.</summary>
    public void Offer(VisitReport report)
    {
        if (report.Scene is not { } scene)
            return;
        var item = new Item(scene.Retain(), report.SceneBox, report.Event);
        if (!_queue.Add(item))
            scene.Release();
    }

    public void Dispose()
    {
        _queue.Complete();
        _stage.Finished.Wait(Patience);
    }

    private void Send(Item item)
    {
        try
        {
            var jpeg = JpegWriter.Encode(Snapshot.Draw(item.Scene, item.Box, item.Event), _options.Mqtt.Pictures.Quality);
            _send(new PictureMessage(Topics.Picture(_options.Mqtt.TopicRoot, _options.Device, item.Event.Camera, Name), jpeg, _options.Mqtt.Pictures.Qos));
        }
        catch (InputException exception)
        {
            Interlocked.Increment(ref _dropped);
            Log.PictureNotWritten(_logger, item.Event.Camera, exception.Message);
        }
        finally
        {
            item.Scene.Release();
        }
    }

    private readonly record struct Item(Frame Scene, FaceBox Box, VisitEvent Event);
}
