namespace EdgeFace.Devices.Native;

/// <summary>The last lines of something; older ones make room. Thread-safe.</summary>
internal sealed class LineRing(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new(capacity);

    public void Add(string line)
    {
        lock (_lock)
        {
            if (_lines.Count == capacity)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }

    public string[] Snapshot()
    {
        lock (_lock)
            return [.. _lines];
    }
}
