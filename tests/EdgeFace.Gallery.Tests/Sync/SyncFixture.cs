using EdgeFace.Gallery.Sync;
using EdgeFace.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>A board and its server.</summary>
internal sealed class SyncFixture : IAsyncDisposable
{
    public const string Key = "efk_secret-of-this-board";

    private readonly TemporaryFolder _folder = new();

    public SyncFixture(Origin? origin = null, TimeProvider? time = null, SyncModel? model = null)
    {
        Origin = origin ?? new Origin();
        Time = time ?? TimeProvider.System;
        Model = model ?? Origin.Model;
        Server = new OriginHandler(Origin);
        File.WriteAllText(_folder.File("key"), Key + "\n");
        Store = GalleryStore.Open(GalleryPath, Time, Logger);
        Service = NewService();
    }

    public Origin Origin { get; }

    public OriginHandler Server { get; }

    public TimeProvider Time { get; }

    public SyncModel Model { get; set; }

    public RecordingLogger Logger { get; } = new();

    public GalleryStore Store { get; private set; }

    public SyncService Service { get; private set; }

    public List<Guid> Erased { get; } = [];

    public Func<IReadOnlyList<Guid>, Task>? Erase { get; set; }

    public string Folder => _folder.Path;

    public string GalleryPath => _folder.File("gallery.db");

    public string SpoolFolder => _folder.File("gallery-sync");

    public IReadOnlyList<string> Warnings => [.. Logger.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text)];

    public static SyncOptions Options(string folder, string group, string address = "http://127.0.0.1:1") => new()
    {
        Address = new Uri(address),
        KeyFile = Path.Combine(folder, "key"),
        Group = group,
        SpoolFolder = Path.Combine(folder, "gallery-sync"),
    };

    public async Task<SyncOutcome> Sync() => await Service.SyncNowAsync(CancellationToken.None);

    /// <summary>As after a restart of the board.</summary>
    public async Task Restart()
    {
        await Service.DisposeAsync();
        Store.Dispose();
        Store = GalleryStore.Open(GalleryPath, Time, Logger);
        Service = NewService();
    }

    /// <summary>The board holds exactly the server's present, and says so.</summary>
    public void AssertCurrent(int awaiting = 0)
    {
        var state = Store.Sync.State()!;
        Assert.Equal(Origin.Revision, state.Cursor);
        Assert.Equal(Origin.State(), Convert.ToHexStringLower(state.Digest()));
        Assert.Equal(Origin.Count, Store.Sync.Counts().People);
        Assert.Equal(awaiting, Store.Sync.Counts().AwaitingTemplates);
        AssertHolds(Store, Origin);
        Assert.False(Directory.Exists(SpoolFolder));
    }

    /// <summary>Names and vectors, not digests.</summary>
    public static void AssertHolds(GalleryStore store, Origin origin)
    {
        var people = store.List().ToDictionary(summary => summary.Person.Id, summary => summary.Person.Name);
        var vectors = store.Templates().GroupBy(template => template.PersonId)
            .ToDictionary(group => group.Key, group => group.Select(template => template.Embedding.Values[0]).Order().ToList());
        foreach (var change in origin.People)
        {
            Assert.Equal(change.Person!.Name, people[change.PersonId]);
            var wanted = change.Person.ModelHash == Origin.ModelHash ? change.Person.Templates.Select(template => template.Vector[0]).Order().ToList() : [];
            var held = vectors.GetValueOrDefault(change.PersonId) ?? [];
            Assert.Equal(wanted.Count, held.Count);
            for (var i = 0; i < wanted.Count; i++)
                Assert.Equal(wanted[i], held[i], 1e-6f);
        }

        Assert.Equal(origin.Count, people.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Server.Dispose();
        Store.Dispose();
        _folder.Dispose();
        Assert.All(Logger.Lines, line =>
        {
            Assert.DoesNotContain(Key, line.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Person-", line.Text, StringComparison.Ordinal);
        });
    }

    private SyncService NewService() => new(
        Store, Model, Options(_folder.Path, Origin.Group), async gone =>
        {
            if (Erase is not null)
                await Erase(gone);
            Erased.AddRange(gone);
        }, Time, Logger, Server, TimeSpan.Zero);
}
