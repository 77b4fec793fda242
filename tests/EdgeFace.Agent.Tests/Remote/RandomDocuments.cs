using System.Text.Json.Nodes;

namespace EdgeFace.Agent.Tests.Remote;

/// <summary>Desired documents, right and wrong ones, by the same random numbers.</summary>
internal sealed class RandomDocuments(Random random)
{
    // A setting, and values for it: most can be used, some cannot, some may not be changed.
    private static readonly (string Path, string[] Values)[] Settings =
    [
        ("recognition.threshold", ["0.3", "0.45", "null", "-1", "2", "\"x\""]),
        ("recognition.min_quality", ["0", "0.5", "1"]),
        ("recognition.known_after_faces", ["1", "2", "3", "64"]),
        ("recognition.detection_threshold", ["0.5", "0.9", "null"]),
        ("recognition.min_face_pixels", ["40", "50"]),
        ("snapshots.enabled", ["true", "false"]),
        ("snapshots.keep_count", ["1", "5", "0"]),
        ("snapshots.folder", ["\"pictures\""]),
        ("recordings.enabled", ["true", "false"]),
        ("logging.level", ["\"debug\"", "\"warning\"", "\"loud\""]),
        ("tracking.max_lost_ms", ["500", "900", "1500", "1"]),
        ("pipeline.detect_queue", ["1", "2", "3"]),
        ("models.detector_input", ["\"640x480\"", "\"320x256\"", "\"400x300\"", "null"]),
        ("cameras", ["[]", """[{"name":"a","source":"rtsp://c/"}]""", """[{"name":"a"}]""", "7"]),
        ("mqtt.servers", ["[\"other\"]", "[\"a\",\"b:1884\"]", "[]"]),
        ("mqtt.topic_root", ["\"faces\"", "\"a/b\""]),
        ("mqtt.home_assistant.enabled", ["true", "false"]),
        ("mqtt.keep_alive_seconds", ["10", "60"]),
        ("mqtt.tls.enabled", ["true"]),
        ("device", ["\"gate\"", "\"\""]),
        ("data_folder", ["\"elsewhere\""]),
        ("remote.enabled", ["false"]),
        ("no.such", ["1"]),
    ];

    public string Next(long version)
    {
        if (random.Next(25) == 0)
            return "{\"version\":" + random.Next(9);
        var settings = new JsonObject();
        // Mostly few settings, so that most documents are right as a whole.
        for (var count = random.Next(random.Next(2) == 0 ? 2 : 5); count >= 0; count--)
        {
            // Those at the front are the ones that may be changed; take them more often.
            var (path, values) = Settings[random.Next(random.Next(3) == 0 ? Settings.Length : 12)];
            Set(settings, path.Split('.'), JsonNode.Parse(values[random.Next(values.Length)]));
        }

        var next = random.Next(10) switch
        {
            0 => version,
            1 => Math.Max(1, version - 1),
            _ => version + random.Next(1, 4),
        };
        return new JsonObject { ["version"] = next, ["settings"] = settings }.ToJsonString();
    }

    private static void Set(JsonObject target, string[] path, JsonNode? value)
    {
        foreach (var name in path[..^1])
        {
            if (target[name] is not JsonObject inner)
                target[name] = inner = [];
            target = inner;
        }

        target[path[^1]] = value;
    }
}
