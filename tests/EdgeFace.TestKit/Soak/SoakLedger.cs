using EdgeFace.TestKit.Mqtt;

namespace EdgeFace.TestKit.Soak;

/// <summary>Who said what about which event: tried, committed, arrived. Filled from several threads.</summary>
public sealed class SoakLedger(SoakLoad load)
{
    private const int MostNamed = 10;

    private readonly Lock _lock = new();
    private readonly int[] _tried = Numbers(load.Cameras);
    private readonly int[] _committed = Numbers(load.Cameras);
    private readonly int[] _arrivedLast = Numbers(load.Cameras);
    private readonly HashSet<(int Camera, int Number)> _arrived = [];
    private readonly List<string> _wrong = [];

    public int Duplicates { get; private set; }

    /// <summary>Different events that the subscriber got.</summary>
    public int Arrived
    {
        get
        {
            lock (_lock)
                return _arrived.Count;
        }
    }

    /// <summary>Events that the outbox said are on the disk.</summary>
    public int Committed
    {
        get
        {
            lock (_lock)
                return _committed.Sum(last => last + 1);
        }
    }

    /// <summary>The first event of a camera that was not committed for sure.</summary>
    public int Next(int camera)
    {
        lock (_lock)
            return _committed[camera] + 1;
    }

    /// <summary>Before it is appended.</summary>
    public void Try(int camera, int number)
    {
        lock (_lock)
            _tried[camera] = Math.Max(_tried[camera], number);
    }

    /// <summary>Events of a camera are committed in the order of their numbers.</summary>
    public void Commit(int camera, int number)
    {
        lock (_lock)
        {
            if (number != _committed[camera] + 1)
                _wrong.Add($"the publisher committed {SoakEvents.Id(camera, number)} after number {_committed[camera]}");
            _committed[camera] = number;
        }
    }

    public void Arrive(ObservedMessage message)
    {
        lock (_lock)
        {
            if (SoakEvents.Parse(message, load.PayloadBytes) is not var (camera, number) || camera >= load.Cameras)
            {
                _wrong.Add($"invented: {message.Topic} {message.Text[..Math.Min(40, message.Text.Length)]}");
                return;
            }

            if (!_arrived.Add((camera, number)))
            {
                Duplicates++;
                return;
            }

            if (number < _arrivedLast[camera])
                _wrong.Add($"out of order: {SoakEvents.Id(camera, number)} came first after {SoakEvents.Id(camera, _arrivedLast[camera])}");
            _arrivedLast[camera] = Math.Max(_arrivedLast[camera], number);
        }
    }

    /// <summary>Whether all that was committed has arrived.</summary>
    public bool IsComplete => Missing().Count == 0;

    /// <summary>All that broke a promise; empty when none was broken. To be asked when the publisher has said its last.</summary>
    public IReadOnlyList<string> Violations()
    {
        var missing = Missing();
        lock (_lock)
        {
            // Only now: an event may overtake the word that it is tried.
            for (var camera = 0; camera < load.Cameras; camera++)
            {
                if (_arrivedLast[camera] > _tried[camera])
                    _wrong.Add($"invented: {SoakEvents.Id(camera, _arrivedLast[camera])}, when {_tried[camera]} was the last that was tried");
            }

            var more = missing.Count > MostNamed ? [$"lost: {missing.Count} in all"] : (string[])[];
            return [.. _wrong.Take(MostNamed), .. missing.Take(MostNamed).Select(id => $"lost: {id}"), .. more];
        }
    }

    private List<string> Missing()
    {
        var missing = new List<string>();
        lock (_lock)
        {
            for (var camera = 0; camera < load.Cameras; camera++)
            {
                for (var number = 0; number <= _committed[camera]; number++)
                {
                    if (!_arrived.Contains((camera, number)))
                        missing.Add(SoakEvents.Id(camera, number));
                }
            }
        }

        return missing;
    }

    private static int[] Numbers(int cameras) => [.. Enumerable.Repeat(-1, cameras)];
}
