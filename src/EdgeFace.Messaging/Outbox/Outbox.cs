using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>
/// Events on their way to the broker, in a SQLite file: durable before they are offered, forgotten only when the broker has
/// outlived its acknowledgement, bounded by <see cref="OutboxOptions"/>. Any thread may append; one session takes.
/// </summary>
public sealed class Outbox : IDisposable
{
    /// <summary>Most appends that wait for their commit at a time; further ones fail at once.</summary>
    public const int MaxWaitingAppends = 16_384;

    /// <summary>Most bytes of payloads that wait for their commit at a time.</summary>
    public const long MaxWaitingBytes = 64 << 20;

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OutboxWriter _writer;
    private readonly OutboxReader _reader;

    private Outbox(string path, OutboxOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _writer = new OutboxWriter(path, options, time, logger);
        _reader = new OutboxReader(path, _writer.IsHeld);
        _writer.Replaced += _reader.Close;
    }

    /// <summary>Messages not yet acknowledged.</summary>
    public long Depth => _writer.Current.Pending;

    /// <summary>Bytes of all that is kept, with what was acknowledged a moment ago.</summary>
    public long Bytes => _writer.Current.Bytes;

    /// <summary>What left undelivered since the outbox was opened.</summary>
    public OutboxDrops Drops => _writer.Current.Drops;

    /// <summary>The thread that writes, for a watchdog. A disk that is full or fails is no hang.</summary>
    public ThreadProgress Progress => _writer.Progress;

    /// <summary>Age of the oldest message not yet acknowledged, zero for none.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            if (Depth == 0 || Oldest() is not { } created)
                return TimeSpan.Zero;
            var age = _time.GetUtcNow() - created;
            return age > TimeSpan.Zero ? age : TimeSpan.Zero;
        }
    }

    /// <summary>Raised after a commit that brought new messages; on the writer's thread, so it must be short.</summary>
    internal event Action? Committed
    {
        add => _writer.Committed += value;
        remove => _writer.Committed -= value;
    }

    /// <summary>
    /// Opens or makes the file. A damaged one is moved aside (<c>NAME.corrupt-TIME</c>) with a line in the log, and a new one begun.
    /// </summary>
    /// <exception cref="OutboxException">The file cannot be opened or made: no rights, no space.</exception>
    /// <exception cref="Core.InputException">Options out of range.</exception>
    public static Outbox Open(string path, OutboxOptions options, TimeProvider time, ILogger<Outbox> logger)
    {
        options.Validate();
        try
        {
            return new Outbox(path, options, time, logger);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new OutboxException($"The outbox {path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>
    /// Completes when the message is on the disk. False when the outbox is full of messages that count for more, so that this one
    /// was dropped (and counted). A message whose id is there already is not stored twice.
    /// </summary>
    /// <remarks>Messages get their places in the order of the calls, whether their completion is awaited or not.</remarks>
    /// <exception cref="OutboxException">The disk is full, fails or does not keep up; nothing was stored.</exception>
    /// <exception cref="ArgumentException">The message is not valid.</exception>
    public Task<bool> AppendAsync(OutboxMessage message)
    {
        OutboxMessageCheck.Demand(message);
        var request = new AppendRequest(message);
        _writer.Inbox.Add(request);
        return request.Task;
    }

    /// <summary>As <see cref="AppendAsync"/>, returning when the message is on the disk.</summary>
    public bool Append(OutboxMessage message) => AppendAsync(message).GetAwaiter().GetResult();

    /// <summary>
    /// Rewrites payloads that hold some bytes, and rids the file and its log of what stood there; also removes what was moved aside as
    /// damaged. What the broker was given already, or is being given now, is out of reach.
    /// </summary>
    /// <param name="piece">Only payloads that hold it are looked at.</param>
    /// <param name="rewrite">The new payload, or null to leave it.</param>
    /// <returns>How many were rewritten.</returns>
    /// <exception cref="OutboxException">The file cannot be written, or is being read; nothing is promised, try again.</exception>
    public Task<int> RewriteAsync(byte[] piece, Func<byte[], byte[]?> rewrite)
    {
        var request = new RewriteRequest(piece, rewrite);
        _writer.Inbox.Add(request);
        return request.Task;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }

    /// <summary>
    /// Fills a page with what is to be offered next, in the order of appending, with what is held and would be offered again. Empty
    /// when nothing follows or the file cannot be read.
    /// </summary>
    internal void ReadAfter(long sequence, int most, long mostBytes, OutboxPage page)
    {
        try
        {
            _reader.After(sequence, most, mostBytes, page);
        }
        catch (SqliteException e)
        {
            page.Clear();
            NotReadable(e);
        }
    }

    internal void Acknowledge(long sequence) => Note(OutboxNews.Acknowledged, sequence);

    internal void Refuse(long sequence) => Note(OutboxNews.Refused, sequence);

    /// <summary>A new connection begins: what the broker acknowledged lately counts as pending again.</summary>
    internal void Withdraw() => Note(OutboxNews.Withdraw, 0);

    /// <summary>Something came from the broker just now.</summary>
    internal void Heard() => _writer.Heard();

    /// <summary>Place of the last message that was committed.</summary>
    internal long LastSequence => _writer.Current.LastSequence;

    internal void LimitPages(long pages) => _writer.LimitPages(pages);

    internal long Number(string pragma) => _writer.Number(pragma);

    private void Note(OutboxNews news, long sequence) => _writer.Inbox.Add(new OutboxNote(news, sequence, _time.GetTimestamp()));

    private DateTimeOffset? Oldest()
    {
        try
        {
            return _reader.Oldest();
        }
        catch (SqliteException e)
        {
            NotReadable(e);
            return null;
        }
    }

    private void NotReadable(SqliteException e)
    {
        Log.OutboxNotReadable(_logger, e.Message);
        if (SqliteCodes.IsDamage(e))
            _writer.Inbox.ReportDamage();
    }
}
