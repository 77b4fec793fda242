using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>The thread that writes: many appends to a commit, and between them the sweeping.</summary>
internal sealed class OutboxWriter : IDisposable
{
    private const int PagesAtOnce = 4096;
    private const long LargeLogBytes = 4 << 20;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly OutboxOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DropEpisode _drops;
    private readonly Thread _thread;
    private readonly ITimer _timer;
    private OutboxDatabase _database;
    private OutboxTransaction _transaction;
    private OutboxView _view;
    private long _heard;
    private bool _failing;

    public OutboxWriter(string path, OutboxOptions options, TimeProvider time, ILogger logger)
    {
        _path = path;
        _options = options;
        _time = time;
        _logger = logger;
        _heard = time.GetTimestamp();
        Progress = new ThreadProgress("outbox", time);
        _drops = new DropEpisode(options, logger);
        _database = OutboxFile.Open(path, time, logger);
        _transaction = new OutboxTransaction(_database, options, time);
        _transaction.Reload(default);
        _view = View();
        _timer = time.CreateTimer(_ => Inbox.Sweep(), null, SweepEvery, SweepEvery);
        _thread = new Thread(Run) { IsBackground = true, Name = "outbox" };
        _thread.Start();
    }

    public OutboxInbox Inbox { get; } = new();

    /// <summary>The sweeping wakes it every second: it is heard of also when nothing is written.</summary>
    public ThreadProgress Progress { get; }

    /// <summary>The counts after the last commit.</summary>
    public OutboxView Current => Volatile.Read(ref _view);

    /// <summary>Whether the row was acknowledged and is kept for a while. From any thread.</summary>
    public bool IsHeld(long sequence) => Volatile.Read(ref _transaction).Held.Contains(sequence);

    /// <summary>Raised on the writer's thread after a commit that brought new messages.</summary>
    public event Action? Committed;

    /// <summary>Raised on the writer's thread when the file was replaced by a new one.</summary>
    public event Action? Replaced;

    /// <summary>The broker was alive now: what it acknowledged long enough before is safe with it.</summary>
    public void Heard() => Volatile.Write(ref _heard, _time.GetTimestamp());

    /// <summary>Lets the file grow no further; for tests.</summary>
    internal void LimitPages(long pages) => _database.LimitPages(pages);

    internal long Number(string pragma) => _database.Number(pragma);

    public void Dispose()
    {
        _timer.Dispose();
        Inbox.Close();
        _thread.Join();
        _database.Dispose();
    }

    private void Run()
    {
        var closing = false;
        var lastCommit = _time.GetTimestamp();
        while (!closing)
        {
            Progress.NextWithin(ThreadProgress.Usual);
            Inbox.Wait();
            GatherCompany(lastCommit);
            // Read before the notes are taken: news of a new connection's life comes after its withdrawal, never without it.
            var heard = Volatile.Read(ref _heard);
            var batch = Inbox.Take();
            closing = batch.Closing;
            Process(batch, heard);
            foreach (var rewrite in batch.Rewrites)
            {
                Progress.NextWithin(ThreadProgress.Rewriting);
                Rewrite(rewrite);
            }

            Inbox.Recycle(batch);
            lastCommit = _time.GetTimestamp();
        }

        Progress.Rest();
        Quietly(_database.Checkpoint);
    }

    // The first message after a quiet time commits at once; when they come fast, one commit takes all of the group's time.
    private void GatherCompany(long lastCommit)
    {
        var since = _time.GetElapsedTime(lastCommit);
        var group = TimeSpan.FromMilliseconds(_options.GroupCommitMs);
        if (since >= TimeSpan.Zero && since < group)
            Thread.Sleep(group - since);
    }

    private void Process(OutboxBatch batch, long heard)
    {
        try
        {
            if (batch.Damaged)
                Replace("damage was found while reading");
            Write(batch, heard);
        }
        catch (SqliteException e) when (SqliteCodes.IsDamage(e))
        {
            ReplaceAndWrite(batch, heard, e);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            Fail(batch, e);
        }
    }

    private void ReplaceAndWrite(OutboxBatch batch, long heard, SqliteException damage)
    {
        try
        {
            Replace(damage.Message);
            Write(batch, heard);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            Fail(batch, e);
        }
    }

    private void Write(OutboxBatch batch, long heard)
    {
        Hear(batch.Notes);
        var due = batch.Sweep ? _transaction.Due() : [];
        if (batch.Appends.Count > 0 || batch.Notes.Count > 0 || due.Count > 0 || _transaction.HasForgettable(heard))
            Commit(batch, due, heard);
        else
            Volatile.Write(ref _view, View());
        if (batch.Sweep)
            Tidy();
    }

    // Acknowledgements change no row: a device that is only listened to does not wear its disk.
    private void Hear(List<OutboxNote> notes)
    {
        foreach (var note in notes)
        {
            if (note.News == OutboxNews.Withdraw)
                _transaction.Held.Clear();
            else if (note.News == OutboxNews.Acknowledged)
                _transaction.Acknowledge(note);
        }

        notes.RemoveAll(static note => note.News != OutboxNews.Refused);
    }

    private void Commit(OutboxBatch batch, List<(long Sequence, bool Expired)> due, long heard)
    {
        _database.Begin();
        foreach (var note in batch.Notes)
            _transaction.Refuse(note.Sequence);
        _transaction.RemoveDue(due);
        _transaction.Forget(heard);
        var kept = new bool[batch.Appends.Count];
        for (var i = 0; i < kept.Length; i++)
            kept[i] = _transaction.Append(batch.Appends[i].Message);
        _database.Commit();
        _transaction.Held.Commit();
        Announce(batch, kept);
    }

    private void Announce(OutboxBatch batch, bool[] kept)
    {
        Volatile.Write(ref _view, View());
        if (_failing)
            Log.OutboxWritesAgain(_logger, _path);
        _failing = false;
        _drops.Look(_transaction.State);
        for (var i = 0; i < kept.Length; i++)
            batch.Appends[i].SetResult(kept[i]);
        if (kept.Length > 0)
            Committed?.Invoke();
    }

    private void Fail(OutboxBatch batch, Exception cause)
    {
        _database.Rollback();
        Quietly(() => _transaction.Reload(Current.Drops));
        Inbox.Return(batch.Notes);
        var message = Explain(cause);
        if (!_failing)
            Log.OutboxFails(_logger, _path, message);
        _failing = true;
        foreach (var append in batch.Appends)
            append.SetException(new OutboxException(message, cause));
        if (batch.Appends.Count == 0 && !batch.Closing)
            Thread.Sleep(SweepEvery);
    }

    private void Rewrite(RewriteRequest request)
    {
        try
        {
            var count = _database.Rewrite(request.Piece, request.Rewrite);
            // Also when nothing was found now: an attempt that was broken off may have left traces.
            _database.Scrub();
            OutboxFile.RemoveAside(_path);
            request.SetResult(count);
        }
#pragma warning disable CA1031 // Whatever it is belongs to whoever asked, not to the thread that writes.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _database.Rollback();
            request.SetException(new OutboxException($"The outbox {_path} could not be rid of what is to be erased: {e.Message}", e));
        }
    }

    private string Explain(Exception cause) => cause is SqliteException { SqliteErrorCode: SqliteCodes.Full }
        ? $"The disk of the outbox {_path} is full: the event was not stored; make room and it goes on by itself."
        : $"The outbox {_path} cannot be written: {cause.Message}";

    private void Replace(string reason)
    {
        var last = Math.Max(_transaction.State.LastSequence, Current.LastSequence);
        var drops = Current.Drops;
        _database.Dispose();
        Replaced?.Invoke();
        OutboxFile.MoveAside(_path, _time, _logger, reason);
        _database = OutboxDatabase.Open(_path);
        // Once more: a reader may have come back to the old file in between.
        Replaced?.Invoke();
        var transaction = new OutboxTransaction(_database, _options, _time);
        transaction.State.LastSequence = last;
        transaction.Reload(drops);
        Volatile.Write(ref _transaction, transaction);
        Volatile.Write(ref _view, View());
    }

    // The file shrinks again after a long outage, and the log does not stay large; a piece at a time, since appends wait meanwhile.
    // What was appended is on the disk by now: a failure here is none of theirs.
    private void Tidy()
    {
        try
        {
            var shrunk = _database.Shrink(PagesAtOnce);
            if (shrunk || (new FileInfo(_path + "-wal") is { Exists: true } log && log.Length > LargeLogBytes))
                _database.Checkpoint();
        }
        catch (SqliteException e)
        {
            // A disk that is full or fails is reported with the next event.
            if (SqliteCodes.IsDamage(e))
                Inbox.ReportDamage();
        }
    }

    private OutboxView View() => new(
        _transaction.Pending,
        _transaction.State.Rows,
        _transaction.State.Bytes,
        _transaction.State.LastSequence,
        _transaction.State.Drops);

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException)
        {
            // The failure that led here is reported already.
        }
    }
}

/// <summary>Counts of one commit.</summary>
internal sealed record OutboxView(long Pending, long Rows, long Bytes, long LastSequence, OutboxDrops Drops);
