using EdgeFace.Core;
using EdgeFace.Gallery;

namespace EdgeFace.Agent.Hosting;

/// <summary>Keeps the search current: at once after changes of this process, within a second after those of another (<c>edgeface enroll</c>).</summary>
internal sealed class GalleryWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly GalleryStore _store;
    private readonly LiveSearch _search;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private bool _failing;

    public GalleryWatch(GalleryStore store, string modelId, TimeProvider time, ILogger logger)
    {
        _store = store;
        _search = new LiveSearch(store, modelId);
        _logger = logger;
        var foreign = store.List().Sum(summary => summary.Templates) - Current.Templates;
        if (foreign > 0)
            Log.ForeignTemplates(logger, foreign, modelId);
        _timer = time.CreateTimer(_ => Check(), null, Interval, Interval);
        store.Changed += Check;
    }

    public IGallerySearch Current => _search.Current;

    public void Dispose()
    {
        _store.Changed -= Check;
        _timer.Dispose();
        // A check under way still uses the store.
        lock (_lock)
        {
        }
    }

    private void Check()
    {
        if (!_lock.TryEnter())
            return;
        try
        {
            if (_search.Refresh())
                Log.GalleryChanged(_logger, Current.Revision, Current.People, Current.Templates);
            _failing = false;
        }
        catch (Exception exception) when (exception is InputException or IOException or System.Data.Common.DbException or ObjectDisposedException)
        {
            if (!_failing)
                Log.GalleryNotRead(_logger, Current.Revision, exception.Message);
            _failing = true;
        }
        finally
        {
            _lock.Exit();
        }
    }
}
