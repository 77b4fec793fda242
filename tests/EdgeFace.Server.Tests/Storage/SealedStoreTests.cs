using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.Security;
using EdgeFace.Server.Storage;
using EdgeFace.TestKit;

namespace EdgeFace.Server.Tests.Storage;

/// <summary>The same promises with everything sealed, and what sealing adds.</summary>
public sealed class SealedStoreTests : StoreTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeyRing _ring;

    public SealedStoreTests()
    {
        _ring = KeyRing.Create(_folder.File("key"), TimeProvider.System);
        Seal = new RowSeal(_ring);
    }

    private protected override RowSeal Seal { get; }

    [Fact]
    public async Task Names_and_vectors_do_not_stand_in_the_file()
    {
        var ann = await AddAsync("Annabella Sealed");
        var face = Face(1);
        await Store.AddTemplatesAsync(ann.Id, [face with { Photo = "a picture in plain sight"u8.ToArray() }], null, Somebody, CancellationToken.None);
        byte[] vector = [.. face.Vector.Take(4).SelectMany(BitConverter.GetBytes)];

        var bytes = Directory.GetFiles(_folder.Path, "server.db*").SelectMany(File.ReadAllBytes).ToArray();

        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("default")) >= 0);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("Annabella"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("ANNABELLA"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("plain sight"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(vector));
    }

    [Fact]
    public async Task Without_the_key_file_the_store_says_what_is_missing()
    {
        await AddAsync("Ann");
        var error = await Assert.ThrowsAsync<InputException>(
            () => GalleryStore.OpenAsync(Dialect(TimeProvider.System), new RowSeal(null), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None));

        Assert.Contains("name its key file with store.key_file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_key_seals_everything_anew_and_the_old_one_is_not_needed_any_more()
    {
        var ann = await AddAsync("Ann");
        await Store.AddTemplatesAsync(ann.Id, [Face(1) with { Photo = [1, 2, 3] }], null, Somebody, CancellationToken.None);
        var newest = _ring.Add(TimeProvider.System);
        await (await OpenAsync()).DisposeAsync();
        Assert.Equal(1, _ring.RemoveOlderThan(newest));

        await using var again = await GalleryStore.OpenAsync(
            Dialect(TimeProvider.System), new RowSeal(KeyRing.Open(_ring.Path)), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None);

        var export = await again.ExportPersonAsync(ann.Id, Somebody, CancellationToken.None);
        Assert.Equal("Ann", export!.Person.Draft.Name);
        Assert.Equal([1, 2, 3], export.Templates[0].Photo);
        Assert.Equal(Face(1).Vector, export.Templates[0].Vector);
        Assert.Equal(RefusalKind.Taken, (await Assert.ThrowsAsync<StoreRefusalException>(() => again.CreatePersonAsync(Draft("ANN"), Somebody, CancellationToken.None))).Kind);
    }

    public void Dispose() => _folder.Dispose();

    private protected override SqlDialect Dialect(TimeProvider time) => new SqliteDialect(_folder.File("server.db"));
}
