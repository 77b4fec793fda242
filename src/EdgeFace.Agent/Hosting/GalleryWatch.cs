using EdgeFace.Core;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Hosting;

/// <summary>Keeps the search current: at once after changes of this process, within a second after those of another (<c>edgeface enroll</c>).</summary>
internal sealed class GalleryWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Least pause between two snapshots: what has changed since one is read from the gallery, and memory cards wear out.</summary>
    private static readonly TimeSpan SnapshotInterval = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;
    private Task _snapshot = Task.CompletedTask;
    private long _lastSnapshot;
    private readonly GalleryStore _store;
    private readonly LiveSearch _search;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private bool _failing;

    public GalleryWatch(GalleryStore store, string modelId, bool decryptOnUse, TimeProvider time, ILogger logger)
    {
        _time = time;
        _store = store;
        _search = new LiveSearch(store, modelId, decryptOnUse);
        _logger = logger;
        var foreign = store.List().Sum(summary => summary.Templates) - Current.Templates;
        if (foreign > 0)
            Log.ForeignTemplates(logger, foreign, modelId);
        _timer = time.CreateTimer(_ => Check(), null, Interval, Interval);
        store.Changed += Follow;
        _lastSnapshot = time.GetTimestamp();
        if (_search.SnapshotRevision is null)
            WriteSnapshot();
    }

    public IGallerySearch Current => _search.Current;

    public void Dispose()
    {
        _store.Changed -= Follow;
        _timer.Dispose();
        // A check under way still uses the store.
        lock (_lock)
        {
        }

        _snapshot.Wait();
    }

    private void WriteSnapshot()
    {
        if (!_search.IsSnapshotDue || !_snapshot.IsCompleted)
            return;
        _lastSnapshot = _time.GetTimestamp();
        _snapshot = Task.Run(() =>
        {
            try
            {
                _search.WriteSnapshot();
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                Log.SnapshotNotWritten(_logger, exception.Message);
            }
        });
    }

    private static bool IsExpected(Exception exception)
        => exception is InputException or IOException or System.Data.Common.DbException or ObjectDisposedException;

    /// <summary>A change by this process: when this returns, nobody is recognised any more who has gone.</summary>
    private void Follow()
    {
        lock (_lock)
            Refresh();
    }

    private void Check()
    {
        if (!_lock.TryEnter())
            return;
        try
        {
            Refresh();
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void Refresh()
    {
        try
        {
            if (_search.Refresh())
                Log.GalleryChanged(_logger, Current.Revision, Current.People, Current.Templates);
            _failing = false;
            if (_time.GetElapsedTime(_lastSnapshot) > SnapshotInterval)
                WriteSnapshot();
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            if (!_failing)
                Log.GalleryNotRead(_logger, Current.Revision, exception.Message);
            _failing = true;
        }
    }
}
