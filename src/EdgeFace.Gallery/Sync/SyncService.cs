using System.Threading.Channels;
using EdgeFace.Core;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// Keeps a board's gallery at its server's revision: asks every so often, at once after a <see cref="Nudge"/>, with growing pauses
/// while it fails. What does not verify changes nothing. Wall-clock time is not used; only TLS looks at the clock.
/// </summary>
public sealed class SyncService : IAsyncDisposable
{
    /// <summary>Reasons that are logged of one episode of failures, each once.</summary>
    private const int MostReasons = 4;

    /// <summary>Of <see cref="Core.Security.AeadBox"/>.</summary>
    private const string SpoolPurpose = "gallery-sync/1";

    /// <summary>Before a download that broke off goes on.</summary>
    internal static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(100);

    private readonly SyncStore _store;
    private readonly SyncModel _model;
    private readonly SyncOptions _options;
    private readonly Func<IReadOnlyList<Guid>, Task>? _erase;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpMessageHandler _handler;
    private readonly HttpMessageHandler? _owned;
    private readonly HttpClient _http;
    private readonly SyncClient _client;
    private readonly PageSpool _spool;
    private readonly SemaphoreSlim _running = new(1);
    private readonly Channel<int> _nudges = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private volatile SyncStatus _status;
    private (long Revision, string Digest)? _acknowledged;
    private readonly HashSet<string> _told = [];
    private Task? _loop;
    private int _disposed;

    /// <param name="erase">
    /// Erases the traces of people who are gone, wherever else the board keeps any. Called until it succeeds, over restarts; the
    /// revision is acknowledged only afterwards. Null: another process does.
    /// </param>
    /// <exception cref="InputException">A file of the options cannot be used.</exception>
    public SyncService(
        GalleryStore store, SyncModel model, SyncOptions options, Func<IReadOnlyList<Guid>, Task>? erase, TimeProvider time, ILogger<SyncService> logger)
        : this(store, model, options, erase, time, logger, SyncHttp.Handler(options), FirstPause)
        => _owned = _handler;

    /// <param name="handler">Stays the caller's.</param>
    internal SyncService(
        GalleryStore store, SyncModel model, SyncOptions options, Func<IReadOnlyList<Guid>, Task>? erase, TimeProvider time, ILogger logger,
        HttpMessageHandler handler, TimeSpan firstPause)
    {
        _store = store.Sync;
        _model = model;
        _options = options;
        _erase = erase;
        _time = time;
        _logger = logger;
        _handler = handler;
        _http = SyncHttp.Client(handler, options);
        _client = new SyncClient(_http, () => SyncHttp.Key(options.KeyFile), options.Group, firstPause, time);
        _spool = new PageSpool(options.SpoolFolder, store.Box(SpoolPurpose));
        var (state, counts) = (_store.State(), _store.Counts());
        _status = new SyncStatus(state?.Cursor, null, null, counts.People, counts.AwaitingTemplates, null);
    }

    public SyncStatus Status => _status;

    /// <summary>The topic whose retained message nudges this board.</summary>
    public string NudgeTopic => RevisionNote.Topic(_options.Group);

    /// <summary>Begins to ask. Once.</summary>
    public void Start() => _loop ??= Task.Run(() => LoopAsync(_stop.Token));

    /// <summary>A message of <see cref="NudgeTopic"/>: at most a reason to ask sooner; nothing it says is believed.</summary>
    public void Nudge(ReadOnlySpan<byte> payload)
    {
        if (RevisionNote.Read(payload) is { } note && note.Revision != _status.Revision)
            _nudges.Writer.TryWrite(Math.Clamp(note.SpreadMs, 0, RevisionNote.MaxSpreadMs));
    }

    /// <summary>Brings the gallery to the server's present, as far as that goes; failures are told in the outcome.</summary>
    public async Task<SyncOutcome> SyncNowAsync(CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            return await RunAsync(cancellation);
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>Asks the server without changing anything: reachable, key accepted, group known.</summary>
    /// <returns>The server's revision; null when it is not known without fetching.</returns>
    /// <exception cref="InputException">It cannot be used; one line says why.</exception>
    public async Task<long?> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await _client.ChangesAsync(_store.State()?.Cursor ?? 0, cancellation);
            return answer.Kind == AnswerKind.Page ? GalleryPage.Read(answer.Page, _options.Group).To : answer.Kind == AnswerKind.TooOld ? null : answer.Revision;
        }
        catch (Exception exception) when (exception is SyncUnreachableException or SyncRefusedException)
        {
            throw new InputException($"{_options.Address.Authority}: {exception.Message}", exception);
        }
    }

    /// <summary>Ends; a run under way is broken off, and what it has applied stays. More than once is no harm.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync();
        if (_loop is not null)
            await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Whoever asked for a run of their own is waited for.
        await _running.WaitAsync();
        _http.Dispose();
        _owned?.Dispose();
        _stop.Dispose();
        _running.Dispose();
    }

    private async Task LoopAsync(CancellationToken stop)
    {
        var retries = new Backoff(FirstRetry, LongestRetry, Random.Shared.NextDouble);
        while (!stop.IsCancellationRequested)
        {
            var outcome = await SyncNowAsync(stop);
            if (outcome.Status.Error is null)
            {
                retries.Reset();
                await WaitAsync(TimeSpan.FromSeconds(_options.PollSeconds * (0.9 + 0.2 * Random.Shared.NextDouble())), stop);
            }
            else
            {
                // A nudge does not shorten this: whoever can publish must not make a board hammer its server.
                await Task.Delay(retries.Next(), _time, stop);
            }
        }
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = _time.CreateTimer(_ => end.Cancel(), null, pause, Timeout.InfiniteTimeSpan);
        try
        {
            var spread = await _nudges.Reader.ReadAsync(end.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(spread * Random.Shared.NextDouble()), _time, end.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The pause is over.
        }

        await Task.Delay(LeastGap, _time, stop);
    }

    private async Task<SyncOutcome> RunAsync(CancellationToken cancellation)
    {
        var run = new SyncRun(_client, _store, _spool, _model, _options.Group, _logger);
        var (bytes, resumed) = (_client.Received, _client.Resumed);
        string? error = null;
        try
        {
            await run.GoAsync(cancellation);
            await SettleAsync(cancellation);
        }
        catch (Exception exception) when (exception is SyncUnreachableException or SyncRefusedException or InputException or IOException or UnauthorizedAccessException)
        {
            error = exception.Message;
        }
        finally
        {
            // Also when it was cancelled: what was applied counts.
            Tell(run, error);
        }

        if (_client.Resumed > resumed)
            Log.Resumed(_logger, _client.Resumed - resumed);
        return new SyncOutcome(_status, run.Upserted, run.Removed, _client.Received - bytes, run.WasFull);
    }

    /// <summary>Erases what is to be erased, and says so with the revision.</summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        if (_store.Erased() is { Count: > 0 } gone)
        {
            if (_erase is null)
                return;
            await _erase(gone);
            _store.ForgetErased(gone);
        }

        if (!_store.TryScrub())
            throw new InputException("What was erased may still stand in the gallery's files, so the revision is not acknowledged; it is tried again.");
        var state = _store.State()!;
        var held = (state.Cursor, Convert.ToHexStringLower(state.Digest()));
        if (_acknowledged == held)
            return;
        await _client.AcknowledgeAsync(new SyncAcknowledgement(held.Cursor, held.Item2, _model.Hash), cancellation);
        _acknowledged = held;
    }

    private void Tell(SyncRun run, string? error)
    {
        var (state, counts) = (_store.State(), _store.Counts());
        var before = _status;
        _status = new SyncStatus(
            state?.Cursor, run.ServerRevision ?? before.ServerRevision, error is null ? _time.GetTimestamp() : before.CurrentSince,
            counts.People, counts.AwaitingTemplates, error);
        if (run.Upserted + run.Removed > 0)
            Log.Applied(_logger, state?.Cursor ?? 0, _options.Group, run.Upserted, run.Removed);
        if (counts.AwaitingTemplates > 0 && counts.AwaitingTemplates != before.AwaitingTemplates)
            Log.ForeignModel(_logger, counts.AwaitingTemplates, _model.Id);
        if (counts.Conflicts > 0 && run.Upserted + run.Removed > 0)
            Log.Conflicts(_logger, counts.Conflicts);
        if (error is not null && _told.Count < MostReasons && _told.Add(error))
            Log.Failing(_logger, _options.Address.Authority, error, state?.Cursor ?? 0);
        if (error is not null || _told.Count == 0)
            return;
        Log.Recovered(_logger, state?.Cursor ?? 0);
        _told.Clear();
    }
}
