using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Core.Events;

namespace EdgeFace.Agent.Publishing;

/// <summary>
/// Visits in the form of Frigate's messages (docs.frigate.video/integrations/mqtt): a change feed of tracked objects, with the
/// state before and after, and a message when a face is recognised. Used by one thread.
/// </summary>
internal sealed class FrigateMessages(string prefix)
{
    private const int MostVisits = 1024;

    private readonly Dictionary<Guid, State> _visits = [];

    /// <param name="Kind">Tells the messages of one event apart.</param>
    public readonly record struct Message(string Kind, string Topic, byte[] Payload);

    public static string AvailableTopic(string prefix) => $"{prefix}/available";

    public IEnumerable<Message> Translate(VisitEvent visitEvent)
    {
        var isNew = !_visits.TryGetValue(visitEvent.Visit, out var state);
        state ??= State.Begin(visitEvent);
        var before = state.Object ?? Describe(visitEvent with { Person = null, Decision = VisitDecision.Undecided }, state, isFalsePositive: true);
        var after = Describe(visitEvent, state, isFalsePositive: false);
        // Who was known and is not any more has left the gallery: not even what was told before names them.
        if (visitEvent.Person is null)
            before["sub_label"] = null;
        var type = visitEvent.Type == VisitEventType.End ? "end" : isNew ? "new" : "update";
        yield return new("frigate", $"{prefix}/events", Bytes(new JsonObject { ["type"] = type, ["before"] = before.DeepClone(), ["after"] = after.DeepClone() }));
        if (visitEvent.Person is { } person && person.Id != state.Named)
        {
            yield return new("frigate-face", $"{prefix}/tracked_object_update", Bytes(new JsonObject
            {
                ["type"] = "face",
                ["id"] = state.Id,
                ["name"] = person.Name,
                ["score"] = Score(visitEvent.Similarity),
                ["camera"] = visitEvent.Camera,
                ["timestamp"] = Seconds(visitEvent.Time),
            }));
        }

        Keep(visitEvent, state with { Object = after, Named = visitEvent.Person?.Id ?? state.Named });
    }

    private void Keep(VisitEvent visitEvent, State state)
    {
        if (visitEvent.Type == VisitEventType.End)
            _visits.Remove(visitEvent.Visit);
        else if (_visits.Count < MostVisits || _visits.ContainsKey(visitEvent.Visit))
            _visits[visitEvent.Visit] = state;
    }

    // Frigate's tracked object is the person; what is seen of it here is the face, which stands in its attributes as well.
    private static JsonObject Describe(VisitEvent visitEvent, State state, bool isFalsePositive)
    {
        var box = visitEvent.Box;
        int[] corners = [(int)MathF.Round(box.X), (int)MathF.Round(box.Y), (int)MathF.Round(box.X + box.Width), (int)MathF.Round(box.Y + box.Height)];
        var (area, frameTime, score) = ((int)MathF.Round(box.Width * box.Height), Seconds(visitEvent.Time), Score(visitEvent.Quality));
        int[] region = [0, 0, visitEvent.Frame.Width, visitEvent.Frame.Height];
        var face = new JsonObject { ["label"] = "face", ["box"] = Numbers(corners), ["score"] = score };
        return new JsonObject
        {
            ["id"] = state.Id,
            ["camera"] = visitEvent.Camera,
            ["frame_time"] = frameTime,
            ["snapshot"] = new JsonObject
            {
                ["frame_time"] = frameTime,
                ["box"] = Numbers(corners),
                ["area"] = area,
                ["region"] = Numbers(region),
                ["score"] = score,
                ["attributes"] = new JsonArray(),
            },
            ["label"] = "person",
            ["sub_label"] = visitEvent.Person is { } person ? new JsonArray(person.Name, Score(visitEvent.Similarity)) : null,
            ["top_score"] = score,
            ["false_positive"] = isFalsePositive,
            ["start_time"] = state.StartTime,
            ["end_time"] = visitEvent.Type == VisitEventType.End ? frameTime : null,
            ["score"] = score,
            ["box"] = Numbers(corners),
            ["area"] = area,
            ["ratio"] = box.Height > 0 ? Math.Round(box.Width / box.Height, 2) : 0,
            ["region"] = Numbers(region),
            ["active"] = true,
            ["stationary"] = false,
            ["motionless_count"] = 0,
            ["position_changes"] = 1,
            ["current_zones"] = new JsonArray(),
            ["entered_zones"] = new JsonArray(),
            ["has_clip"] = false,
            ["has_snapshot"] = false,
            ["thumbnail"] = null,
            ["attributes"] = new JsonObject { ["face"] = score },
            ["current_attributes"] = new JsonArray(face),
            ["current_estimated_speed"] = 0,
            ["average_estimated_speed"] = 0,
            ["velocity_angle"] = 0,
            ["recognized_license_plate"] = null,
            ["recognized_license_plate_score"] = null,
        };
    }

    private static JsonArray Numbers(int[] values) => [.. values.Select(value => (JsonNode)value)];

    private static double Score(float? value) => Math.Round(Math.Clamp(value ?? 0, 0, 1), 4);

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static byte[] Bytes(JsonObject message) => JsonSerializer.SerializeToUtf8Bytes(message);

    /// <param name="Id">In Frigate's form: when it began, and six letters.</param>
    /// <param name="Object">As it was told last; null before.</param>
    /// <param name="Named">Who was told last.</param>
    private sealed record State(string Id, double StartTime, JsonObject? Object, Guid? Named)
    {
        public static State Begin(VisitEvent visitEvent)
        {
            var start = Seconds(visitEvent.Time.AddMilliseconds(-visitEvent.LatencyMs));
            var letters = visitEvent.Visit.ToString("N")[^6..];
            return new State(FormattableString.Invariant($"{start:0.000000}-{letters}"), start, null, null);
        }
    }
}
