namespace EdgeFace.Messaging;

/// <summary>An append that waits for its commit.</summary>
internal sealed class AppendRequest(OutboxMessage message) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public OutboxMessage Message { get; } = message;
}

/// <summary>Payloads that are to be rewritten.</summary>
internal sealed class RewriteRequest(byte[] piece, Func<byte[], byte[]?> rewrite) : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public byte[] Piece { get; } = piece;

    public byte[]? Rewrite(byte[] payload) => rewrite(payload);
}

/// <summary>What is handed to the writer at once.</summary>
internal sealed record OutboxBatch(List<AppendRequest> Appends, List<OutboxNote> Notes, bool Sweep, bool Damaged, bool Closing)
{
    public required IReadOnlyList<RewriteRequest> Rewrites { get; init; }
}

/// <summary>Where appends and notes wait for the writer. Appends are bounded here, notes by the window in flight.</summary>
internal sealed class OutboxInbox
{
    /// <summary>How long notes alone wait for an append to share its commit with, ms.</summary>
    private const int NotesAloneMs = 100;

    private const int ManyNotes = 256;

    private readonly object _gate = new();
    private List<AppendRequest> _appends = [];
    private List<OutboxNote> _notes = [];
    private List<AppendRequest>? _spareAppends;
    private List<OutboxNote>? _spareNotes;
    private List<RewriteRequest> _rewrites = [];
    private long _bytes;
    private bool _sweep;
    private bool _damaged;
    private bool _closing;

    public void Add(AppendRequest request)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(Outbox));
            var bytes = _bytes + request.Message.Payload.Length;
            if (_appends.Count >= Outbox.MaxWaitingAppends || (bytes > Outbox.MaxWaitingBytes && _appends.Count > 0))
            {
                request.SetException(new OutboxException(
                    $"The disk of the outbox does not keep up: {_appends.Count} messages wait for it; the event was not stored."));
                return;
            }

            _bytes = bytes;
            _appends.Add(request);
            Monitor.Pulse(_gate);
        }
    }

    public void Add(OutboxNote note)
    {
        lock (_gate)
        {
            _notes.Add(note);
            // Only the first and the many wake the writer: those between wait for company.
            if (_notes.Count is 1 or >= ManyNotes)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Puts back what a failed commit did not record, in front of what came since.</summary>
    public void Return(List<OutboxNote> notes)
    {
        lock (_gate)
            _notes.InsertRange(0, notes);
    }

    public void Add(RewriteRequest request)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(Outbox));
            _rewrites.Add(request);
            Monitor.Pulse(_gate);
        }
    }

    public void Sweep()
    {
        lock (_gate)
        {
            _sweep = true;
            Monitor.Pulse(_gate);
        }
    }

    public void ReportDamage()
    {
        lock (_gate)
        {
            _damaged = true;
            Monitor.Pulse(_gate);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until there is something worth a commit.</summary>
    public void Wait()
    {
        lock (_gate)
        {
            while (!Urgent && _notes.Count == 0)
                Monitor.Wait(_gate);
            if (!Urgent && _notes.Count < ManyNotes)
                Monitor.Wait(_gate, NotesAloneMs);
        }
    }

    public OutboxBatch Take()
    {
        lock (_gate)
        {
            // A list goes to the writer or stays here, never both: what came meanwhile would be done twice.
            IReadOnlyList<RewriteRequest> rewrites = _rewrites.Count > 0 ? _rewrites : [];
            if (_rewrites.Count > 0)
                _rewrites = [];
            var batch = new OutboxBatch(_appends, _notes, _sweep, _damaged, _closing) { Rewrites = rewrites };
            _appends = _spareAppends ?? [];
            _notes = _spareNotes ?? [];
            _spareAppends = null;
            _spareNotes = null;
            _bytes = 0;
            _sweep = false;
            _damaged = false;
            return batch;
        }
    }

    /// <summary>The writer is done with a batch: its lists are used again.</summary>
    public void Recycle(OutboxBatch batch)
    {
        batch.Appends.Clear();
        batch.Notes.Clear();
        lock (_gate)
        {
            _spareAppends = batch.Appends;
            _spareNotes = batch.Notes;
        }
    }

    private bool Urgent => _appends.Count > 0 || _rewrites.Count > 0 || _sweep || _damaged || _closing;
}
