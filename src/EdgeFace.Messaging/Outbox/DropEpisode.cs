using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>Says once that the outbox has reached its bounds, and once, with the number, that it is well within them again.</summary>
internal sealed class DropEpisode(OutboxOptions options, ILogger logger)
{
    private bool _dropping;
    private long _before;

    public void Look(in OutboxState state)
    {
        var dropped = state.Drops.ByCount + state.Drops.ByBytes + state.Drops.ByAge;
        if (!_dropping && dropped > _before)
        {
            _dropping = true;
            Log.OutboxDropping(logger, state.Rows, state.Bytes);
        }
        else if (_dropping && state.Rows < options.MaxMessages / 2 && state.Bytes < options.MaxBytes / 2)
        {
            Log.OutboxDropped(logger, dropped - _before);
            _dropping = false;
            _before = dropped;
        }
    }
}
