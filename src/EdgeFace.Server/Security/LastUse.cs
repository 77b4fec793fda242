using System.Collections.Concurrent;
using EdgeFace.Server.Storage;

namespace EdgeFace.Server.Security;

/// <summary>Notes when a key was last used and a device last heard of, at most once a minute each: a request is no write.</summary>
internal sealed class LastUse(UseDesk desk, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);

    public async Task NoteAsync(Caller caller, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var noted = _noted.GetOrAdd(caller.Id, DateTimeOffset.MinValue);
        if (noted != DateTimeOffset.MinValue && now - noted < Pause)
            return;
        // Of several requests at once one writes.
        if (!_noted.TryUpdate(caller.Id, now, noted))
            return;
        await desk.AddAsync(new KeyUse(caller.Id.StartsWith("device:", StringComparison.Ordinal) ? null : caller.Id, caller.DeviceId, now), cancellation);
    }
}
