using EdgeFace.Gallery;
using EdgeFace.Gallery.Sync;
using EdgeFace.Server.Configuration;
using EdgeFace.Server.Hosting;
using EdgeFace.Server.Security;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;
using EdgeFace.TestKit.Capture;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using BoardGallery = EdgeFace.Gallery.GalleryStore;
using GalleryStore = EdgeFace.Server.Storage.GalleryStore;
using RowSeal = EdgeFace.Server.Storage.RowSeal;

namespace EdgeFace.Server.Tests.Sync;

/// <summary>The real server on the loopback, and boards that follow it through their real client.</summary>
internal sealed class SyncServer : IAsyncDisposable
{
    public const string Model = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    public const int Dimension = 64;

    public static readonly SyncModel BoardModel = new("embedder@a1b2c3d4e5f6", Model, Dimension);

    private readonly WebApplication _app;

    private SyncServer(TemporaryFolder folder, GalleryStore store, WebApplication app)
        => (Folder, Store, _app) = (folder, store, app);

    public TemporaryFolder Folder { get; }

    public GalleryStore Store { get; }

    public Uri Address => new(_app.Urls.First());

    public static async Task<SyncServer> StartAsync(NudgeOptions? nudge = null)
    {
        var folder = new TemporaryFolder();
        var options = new ServerOptions
        {
            Listen = ["127.0.0.1:0"],
            DataFolder = folder.File("server"),
            Limits = new LimitOptions { RequestsPerMinute = 1_000_000, FailuresPerMinute = 1000 },
            Nudge = nudge ?? new NudgeOptions(),
        };
        var store = await GalleryStore.OpenAsync(new SqliteDialect(ServerPaths.Store(options)), new RowSeal(null), TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        var app = ServerHost.Build(options, store, TimeProvider.System, logging => logging.SetMinimumLevel(LogLevel.None));
        await app.StartAsync();
        return new SyncServer(folder, store, app);
    }

    public static float[] Vector(int seed)
    {
        var random = new Random(seed);
        var values = new float[Dimension];
        double sum = 0;
        for (var i = 0; i < Dimension; i++)
        {
            values[i] = (float)(random.NextDouble() * 2 - 1);
            sum += (double)values[i] * values[i];
        }

        for (var i = 0; i < Dimension; i++)
            values[i] = (float)(values[i] / Math.Sqrt(sum));
        return values;
    }

    public static string NameOf(int n) => $"Person-{n:x8}";

    public async Task<Guid> AddAsync(int n, string group = "default")
    {
        var person = await Store.CreatePersonAsync(new PersonDraft(NameOf(n), [group], null, null, null), Actor.CommandLine, CancellationToken.None);
        await Store.AddTemplatesAsync(person.Id, [new TemplateDraft(Model, Vector(n), 0.5f, null)], null, Actor.CommandLine, CancellationToken.None);
        return person.Id;
    }

    public Task SeedAsync(int first, int count) => Store.SeedAsync(
        [.. Enumerable.Range(first, count).Select(n => (new PersonDraft(NameOf(n), ["default"], null, null, null), new TemplateDraft(Model, Vector(n), 0.5f, null)))],
        CancellationToken.None);

    public async Task<SyncBoard> BoardAsync(string id, string group = "default", Uri? address = null, Func<IReadOnlyList<Guid>, Task>? erase = null)
    {
        await Store.PutDeviceAsync(id, group, Actor.CommandLine, CancellationToken.None);
        var (text, record) = ApiKey.Create(Role.Device, id, "", TimeProvider.System);
        await Store.AddKeyAsync(record, Actor.CommandLine, CancellationToken.None);
        return new SyncBoard(Folder.File(id), text, group, address ?? Address, erase);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await Store.DisposeAsync();
        Folder.Dispose();
    }
}

/// <summary>A board's gallery with its search, kept at its server's revision.</summary>
internal sealed class SyncBoard : IAsyncDisposable
{
    private readonly string _group;
    private readonly Uri _address;
    private readonly Func<IReadOnlyList<Guid>, Task> _erase;

    public SyncBoard(string folder, string key, string group, Uri address, Func<IReadOnlyList<Guid>, Task>? erase)
    {
        (Folder, Key, _group, _address, _erase) = (folder, key, group, address, erase ?? (_ => Task.CompletedTask));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "key"), key + "\n");
        Store = BoardGallery.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<BoardGallery>.Instance);
        Search = new LiveSearch(Store, SyncServer.BoardModel.Id);
        Store.Changed += () => Search.Refresh();
        Service = new SyncService(Store, SyncServer.BoardModel, Options(), _erase, TimeProvider.System, Logs.CreateLogger<SyncService>());
    }

    public string Folder { get; }

    public string Key { get; }

    public BoardGallery Store { get; }

    public LiveSearch Search { get; }

    public SyncService Service { get; }

    public ListLoggerFactory Logs { get; } = new();

    public async Task<SyncOutcome> SyncAsync() => await Service.SyncNowAsync(CancellationToken.None);

    /// <summary>Whom a face is recognised as; null for nobody.</summary>
    public Guid? Recognise(int n)
    {
        var best = new Match[1];
        return Search.Current.Search(SyncServer.Vector(n), best) == 1 && best[0].Similarity > 0.99f ? best[0].Person.Id : null;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Store.Dispose();
        Assert.DoesNotContain(Logs.Lines, line => line.Message.Contains(Key, StringComparison.Ordinal) || line.Message.Contains("Person-", StringComparison.Ordinal));
        Logs.Dispose();
    }

    private SyncOptions Options() => new()
    {
        Address = _address,
        KeyFile = Path.Combine(Folder, "key"),
        Group = _group,
        PollSeconds = 3600,
        SpoolFolder = Path.Combine(Folder, "gallery-sync"),
    };
}
