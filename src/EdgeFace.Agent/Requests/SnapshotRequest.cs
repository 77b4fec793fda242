using System.Text.Json.Nodes;
using EdgeFace.Agent.Hosting;
using EdgeFace.Agent.Pipeline;
using EdgeFace.Messaging;
using EdgeFace.Messaging.Pictures;
using EdgeFace.Messaging.Requests;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Requests;

/// <summary>What a camera sees now, as a JPEG on the camera's own topic for pictures.</summary>
internal sealed class SnapshotRequest(AgentRuntime runtime, MqttSession session, TimeProvider time)
{
    public const string Name = "snapshot";

    private const int Quality = 85;
    private const int LeastQuality = 25;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public JsonNode? Take(JsonObject request)
    {
        var pipeline = Find(request["camera"]);
        var options = runtime.LiveOptions;
        var frame = pipeline.Grab.Take(Patience, time)
            ?? throw new RequestException(RequestCode.Unavailable, $"camera {pipeline.Camera} gave no frame within {Patience.TotalSeconds:0} s");
        try
        {
            var taken = frame.CapturedAt == default ? time.GetUtcNow() : frame.CapturedAt;
            var jpeg = JpegWriter.Encode(frame, Quality);
            for (var quality = Quality - 20; jpeg.Length > PictureMessage.MaxBytes && quality >= LeastQuality; quality -= 20)
                jpeg = JpegWriter.Encode(frame, quality);
            if (jpeg.Length > PictureMessage.MaxBytes)
                throw new RequestException(RequestCode.TooLarge, $"the picture has {jpeg.Length} bytes, more than {PictureMessage.MaxBytes}: make the camera's width and height less");
            var topic = Topics.Picture(options.Mqtt.TopicRoot, options.Device, pipeline.Camera, Name);
            session.Publish(new PictureMessage(topic, jpeg, Qos: 1));
            return new JsonObject
            {
                ["camera"] = pipeline.Camera,
                ["topic"] = topic,
                ["time"] = taken.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
                ["width"] = frame.Width,
                ["height"] = frame.Height,
                ["bytes"] = jpeg.Length,
            };
        }
        finally
        {
            frame.Release();
        }
    }

    private CameraPipeline Find(JsonNode? node)
    {
        var names = string.Join(", ", runtime.Pipelines.Select(pipeline => pipeline.Camera));
        if (node is null)
        {
            return runtime.Pipelines.Count == 1 ? runtime.Pipelines[0] : throw new RequestException(RequestCode.Bad, $"camera must be given: one of {names}");
        }

        return node is JsonValue value && value.TryGetValue<string>(out var name) && runtime.Pipelines.FirstOrDefault(pipeline => pipeline.Camera == name) is { } found
            ? found
            : throw new RequestException(RequestCode.NotFound, $"there is no such camera; there are {names}");
    }
}
