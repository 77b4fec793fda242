using EdgeFace.Agent.Configuration;
using EdgeFace.Core.Events;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Publishing;

/// <summary>
/// Who is there: a person counts as present from the event that names them until some time after the end of their last visit.
/// Topics carry the person's id, never the name. Safe to use from several threads.
/// </summary>
internal sealed class PresenceBoard(AgentOptions options, TimeProvider time)
{
    /// <summary>Most people that are shown; Home Assistant gets all of them in one message.</summary>
    public const int MostPeople = 200;

    private readonly TimeSpan _linger = TimeSpan.FromSeconds(options.Mqtt.HomeAssistant.PresenceSeconds);
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Guid> _visits = [];
    private readonly Dictionary<Guid, long> _lastSeen = [];
    private Dictionary<Guid, bool> _told = [];
    private List<Person> _people = [];

    /// <summary>Who is shown.</summary>
    public IReadOnlyList<Person> People
    {
        get
        {
            lock (_lock)
                return _people;
        }
    }

    /// <summary><c>root/device/presence/ID</c></summary>
    public static string Topic(AgentOptions options, Guid person) => Messaging.Topics.Of(options.Mqtt.TopicRoot, options.Device, $"presence/{person:D}");

    public void Observe(VisitEvent visitEvent)
    {
        lock (_lock)
        {
            if (_visits.Remove(visitEvent.Visit, out var before))
                _lastSeen[before] = time.GetTimestamp();
            if (visitEvent.Person is not { } person)
                return;
            _lastSeen[person.Id] = time.GetTimestamp();
            if (visitEvent.Type != VisitEventType.End)
                _visits[visitEvent.Visit] = person.Id;
        }
    }

    /// <summary>The gallery has changed: who is shown from now on.</summary>
    public void Use(IEnumerable<Person> people)
    {
        lock (_lock)
            _people = [.. people.Take(MostPeople)];
    }

    /// <summary>What has changed since the last call: the state of those who are shown, null for those who are not any more.</summary>
    public List<(Guid Person, bool? Present)> Changes()
    {
        var changes = new List<(Guid, bool?)>();
        lock (_lock)
        {
            var now = new Dictionary<Guid, bool>();
            foreach (var person in _people)
            {
                var present = _visits.ContainsValue(person.Id) || (_lastSeen.TryGetValue(person.Id, out var seen) && time.GetElapsedTime(seen) < _linger);
                now[person.Id] = present;
                if (!_told.TryGetValue(person.Id, out var told) || told != present)
                    changes.Add((person.Id, present));
            }

            foreach (var gone in _told.Keys.Where(id => !now.ContainsKey(id)))
            {
                changes.Add((gone, null));
                _lastSeen.Remove(gone);
            }

            _told = now;
        }

        return changes;
    }
}
