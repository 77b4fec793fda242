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
    public const string Group = StoreSchema.DefaultGroup;

    public static readonly SyncModel BoardModel = new("embedder@a1b2c3d4e5f6", Model, Dimension);

    private readonly WebApplication _app;

    private SyncServer(TemporaryFolder folder, GalleryStore store, WebApplication app)
        => (Folder, Store, _app) = (folder, store, app);

    public TemporaryFolder Folder { get; }

    public GalleryStore Store { get; }

    public Uri Address => new(_app.Urls.First());

    public IServiceProvider Services => _app.Services;

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

    public async Task<Guid> AddAsync(int n, string group = Group)
    {
        var person = await Store.CreatePersonAsync(new PersonDraft(NameOf(n), [group], null, null, null), Actor.CommandLine, CancellationToken.None);
        await Store.AddTemplatesAsync(person.Id, [new TemplateDraft(Model, Vector(n), 0.5f, null)], null, Actor.CommandLine, CancellationToken.None);
        return person.Id;
    }

    public Task SeedAsync(int first, int count) => Store.SeedAsync(
        [.. Enumerable.Range(first, count).Select(n => (new PersonDraft(NameOf(n), [Group], null, null, null), new TemplateDraft(Model, Vector(n), 0.5f, null)))],
        CancellationToken.None);

    /// <param name="firstPause">Before a download that broke off goes on; null: as on a board.</param>
    public async Task<SyncBoard> BoardAsync(
        string id, string group = Group, Uri? address = null, Func<IReadOnlyList<Guid>, Task>? erase = null, TimeSpan? firstPause = null)
        => new(await FolderAsync(id, group), group, address ?? Address, erase, firstPause);

    /// <summary>A board's folder, with the key of its device in it.</summary>
    public async Task<string> FolderAsync(string id, string group = Group)
    {
        await Store.PutDeviceAsync(id, group, Actor.CommandLine, CancellationToken.None);
        var (text, record) = ApiKey.Create(Role.Device, id, "", TimeProvider.System);
        await Store.AddKeyAsync(record, Actor.CommandLine, CancellationToken.None);
        var folder = Directory.CreateDirectory(Folder.File(id)).FullName;
        await File.WriteAllTextAsync(SyncBoard.KeyFile(folder), text + "\n");
        return folder;
    }

    /// <summary>The board holds exactly the server's people.</summary>
    public async Task AssertHeldByAsync(SyncBoard board)
    {
        var names = new List<string>();
        for (Guid? after = null; ;)
        {
            var page = await Store.ListPeopleAsync(Group, after, 1000, CancellationToken.None);
            names.AddRange(page.People.Select(person => person.Draft.Name));
            if ((after = page.Next) is null)
                break;
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), board.Store.List().Select(person => person.Person.Name).Order(StringComparer.Ordinal));
        // Its digest covers names and vectors, and is acknowledged only where the server computes the same.
        var held = (await Store.FindDeviceAsync(Path.GetFileName(board.Folder), CancellationToken.None))!;
        Assert.Equal(await Store.CurrentRevisionAsync(Group, CancellationToken.None), held.Revision);
        Assert.Equal((Model, 64), (held.ModelId, held.Digest!.Length));
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
    private readonly HttpMessageHandler _handler;

    public SyncBoard(string folder, string group, Uri address, Func<IReadOnlyList<Guid>, Task>? erase, TimeSpan? firstPause)
    {
        (Folder, Key) = (folder, File.ReadAllText(KeyFile(folder)).Trim());
        Store = BoardGallery.Open(Path.Combine(folder, "gallery.db"), TimeProvider.System, NullLogger<BoardGallery>.Instance);
        Search = new LiveSearch(Store, SyncServer.BoardModel.Id);
        Store.Changed += () => Search.Refresh();
        var options = Options(folder, group, address);
        _handler = SyncHttp.Handler(options);
        Service = new SyncService(
            Store, SyncServer.BoardModel, options, erase ?? (_ => Task.CompletedTask), TimeProvider.System, Logs.CreateLogger<SyncService>(), _handler, firstPause ?? SyncService.FirstPause);
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
        _handler.Dispose();
        Store.Dispose();
        Assert.DoesNotContain(Logs.Lines, line => line.Message.Contains(Key, StringComparison.Ordinal) || line.Message.Contains("Person-", StringComparison.Ordinal));
        Logs.Dispose();
    }

    public static string KeyFile(string folder) => Path.Combine(folder, "key");

    public static SyncOptions Options(string folder, string group, Uri address) => new()
    {
        Address = address,
        KeyFile = KeyFile(folder),
        Group = group,
        PollSeconds = 3600,
        SpoolFolder = Path.Combine(folder, "gallery-sync"),
    };
}
