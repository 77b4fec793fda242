using System.Text;
using EdgeFace.Core;
using EdgeFace.Core.Faces;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>A board follows its server.</summary>
public sealed class SyncServiceTests
{
    [Fact]
    public async Task An_empty_board_fetches_everything_and_then_only_changes()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 300; n++)
            board.Origin.Put(n, templates: n % 3);
        board.Origin.Threshold = 0.375f;
        var full = await board.Sync();
        Assert.True(full.WasFull);
        Assert.Equal((300, 0, null), (full.Upserted, full.Removed, full.Status.Error));
        board.AssertCurrent();
        Assert.Equal(0.375f, board.Store.Sync.State()!.Threshold);

        board.Origin.Put(7, version: 1);
        board.Origin.Put(1000);
        board.Origin.Erase(8);
        var delta = await board.Sync();
        Assert.Equal((2, 1, false), (delta.Upserted, delta.Removed, delta.WasFull));
        board.AssertCurrent();
        Assert.Equal([Origin.Id(1, 8)], board.Erased);
        var last = board.Server.Acknowledged[^1];
        Assert.Equal((board.Origin.Revision, board.Origin.State(), Origin.ModelHash), (last.Revision, last.Digest, last.Model));

        var revision = board.Store.Revision;
        Assert.Equal((0, 0), (await board.Sync() is var idle ? (idle.Upserted, idle.Removed) : default));
        Assert.Equal(revision, board.Store.Revision);
        Assert.Equal(2, board.Server.Acknowledged.Count);
        Assert.Empty(board.Warnings);
    }

    [Fact]
    public async Task A_gallery_that_was_changed_behind_its_digest_is_found_out()
    {
        await using var board = new SyncFixture();
        Assert.True(board.Store.Sync.IsWhole());
        for (var n = 0; n < 20; n++)
            board.Origin.Put(n);
        await board.Sync();
        Assert.True(board.Store.Sync.IsWhole());

        using (var foreign = SqliteFile.Open(board.GalleryPath))
            SqliteFile.Execute(foreign, $"DELETE FROM synced_people WHERE id = '{Origin.Id(1, 3)}'");
        Assert.False(board.Store.Sync.IsWhole());

        // What doctor advises.
        board.Store.Sync.Forget();
        await board.Sync();
        Assert.True(board.Store.Sync.IsWhole());
        Assert.Equal(20, board.Store.Sync.Counts().People);
    }

    [Fact]
    public async Task Random_histories_end_at_the_servers_state()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var board = new SyncFixture();
        board.Server.PageSize = 7;
        for (var step = 0; step < 60; step++)
        {
            for (var change = random.Next(0, 12); change > 0; change--)
            {
                var n = random.Next(40);
                if (random.Next(4) == 0)
                    board.Origin.Erase(n);
                else
                    board.Origin.Put(n, random.Next(1000), templates: random.Next(4), model: random.Next(10) == 0 ? new string('7', 64) : Origin.ModelHash, threshold: random.Next(2) == 0 ? 0.5f : null);
            }

            if (random.Next(6) == 0)
                board.Origin.Threshold = random.Next(2) == 0 ? null : 0.4f;
            if (random.Next(10) == 0)
                await board.Restart();
            var status = (await board.Sync()).Status;
            Assert.True(status.Error is null, $"seed {seed}, step {step}: {status.Error}");
            var awaiting = board.Origin.People.Count(change => change.Person!.ModelHash is { } hash && hash != Origin.ModelHash);
            board.AssertCurrent(awaiting);
        }
    }

    [Fact]
    public async Task Templates_of_another_model_are_not_taken_and_said_to_be_missing()
    {
        await using var board = new SyncFixture();
        board.Origin.Put(1);
        board.Origin.Put(2, model: new string('b', 64));
        var outcome = await board.Sync();
        Assert.Equal(1, outcome.Status.AwaitingTemplates);
        board.AssertCurrent(awaiting: 1);
        Assert.Contains(board.Warnings, line => line.Contains("1 people of the server have templates of another model", StringComparison.Ordinal));
        board.Origin.Put(2, version: 1);
        await board.Sync();
        board.AssertCurrent();
    }

    [Fact]
    public async Task A_board_with_another_embedder_begins_anew()
    {
        await using var board = new SyncFixture();
        board.Origin.Put(1);
        board.Origin.Put(2, model: new string('b', 64));
        await board.Sync();
        board.Model = new SyncModel("other@bbbbbbbbbbbb", new string('b', 64), 32);
        await board.Restart();
        var outcome = await board.Sync();
        Assert.True(outcome.WasFull);
        Assert.Equal(1, outcome.Status.AwaitingTemplates);
        var held = Assert.Single(board.Store.Templates());
        Assert.Equal((Origin.Id(1, 2), "other@bbbbbbbbbbbb"), (held.PersonId, held.Embedding.ModelId));
    }

    [Fact]
    public async Task People_enrolled_here_stay_and_those_of_the_server_cannot_be_changed_here()
    {
        await using var board = new SyncFixture();
        var local = board.Store.Enroll("Ada", [GalleryFixture.Face(1, 32, Origin.ModelId)]);
        board.Origin.Put(1, name: "ADA");
        board.Origin.Put(2, name: "Bert");
        await board.Sync();
        Assert.Equal(["Ada", "ADA (server)", "Bert"], board.Store.List().Select(summary => summary.Person.Name));

        var bert = board.Store.FindPerson("Bert")!;
        var face = GalleryFixture.Face(2, 32, Origin.ModelId);
        Assert.All(
            [
                () => board.Store.AddTemplates(bert, [face]), () => board.Store.Enroll("bert", [face]), () => board.Store.RemovePerson(bert.Id),
            ],
            (Action change) => Assert.Contains("comes from the gallery server", Assert.Throws<InputException>(change).Message, StringComparison.Ordinal));

        // The name is free again: the next page gives it back.
        board.Store.RemovePerson(local.Id);
        board.Origin.Erase(2);
        await board.Sync();
        Assert.Equal(["ADA"], board.Store.List().Select(summary => summary.Person.Name));
        board.AssertCurrent();
    }

    [Fact]
    public async Task Two_people_may_exchange_their_names()
    {
        await using var board = new SyncFixture();
        board.Origin.Put(1, name: "Ada");
        board.Origin.Put(2, name: "Bert");
        await board.Sync();
        board.Origin.Put(1, name: "Bert");
        board.Origin.Put(2, name: "Ada");
        await board.Sync();
        board.AssertCurrent();
    }

    [Fact]
    public async Task A_server_cannot_take_a_local_persons_place()
    {
        await using var board = new SyncFixture();
        var local = board.Store.Enroll("Ada", [GalleryFixture.Face(1, 32, Origin.ModelId)]);
        var vector = Origin.Vector(5, 32);
        var page = GalleryPage.Write("door", board.Origin.Epoch, 0, 1, null, StateOf(local.Id, vector, out var record), [record]);
        board.Server.Alter = (path, bytes) => path.EndsWith("/snapshot", StringComparison.Ordinal)
            ? new SnapshotManifest(board.Origin.Epoch, 1, Convert.ToHexStringLower(StateOf(local.Id, vector, out _)), [new SnapshotPage(Sha(page), page.Length)]).Write()
            : page;
        board.Server.Instead = request => request.RequestUri!.AbsolutePath.Contains("/snapshot/", StringComparison.Ordinal)
            ? new HttpResponseMessage { Content = new ByteArrayContent(page) }
            : null;
        await board.Sync();
        var held = Assert.Single(board.Store.List());
        Assert.Equal((local.Id, "Ada", 1), (held.Person.Id, held.Person.Name, held.Templates));
        Assert.NotEqual(vector[0], Assert.Single(board.Store.Templates()).Embedding.Values[0], 1e-6f);
        Assert.True(board.Store.RemovePerson(local.Id));
    }

    [Fact]
    public async Task An_erased_person_leaves_no_byte_on_the_board()
    {
        await using var board = new SyncFixture();
        for (var n = 0; n < 150; n++)
            board.Origin.Put(n, templates: 2);
        await board.Sync();
        Assert.True(InFiles(board.Folder, Encoding.UTF8.GetBytes(Origin.NameOf(70, 0))));
        board.Origin.Put(70, version: 1, templates: 3);
        await board.Sync();
        board.Origin.Erase(70);
        await board.Sync();
        board.AssertCurrent();
        for (var version = 0; version < 2; version++)
        {
            Assert.False(InFiles(board.Folder, Encoding.UTF8.GetBytes(Origin.NameOf(70, version))), $"name {version}");
            for (var k = 0; k < 3; k++)
            {
                var vector = VectorBlob.Write(Embedding.Normalize("m", Origin.Vector(Origin.SeedOf(70, version, k), 32)).Values);
                Assert.False(InFiles(board.Folder, vector.AsSpan(0, 16)), $"vector {version} {k}");
                Assert.False(InFiles(board.Folder, vector.AsSpan(64, 16)), $"vector {version} {k}");
            }
        }
    }

    [Fact]
    public async Task An_erasure_is_acknowledged_only_when_all_traces_are_gone()
    {
        await using var board = new SyncFixture();
        board.Origin.Put(1);
        board.Origin.Put(2);
        await board.Sync();
        board.Origin.Erase(1);
        board.Erase = _ => throw new IOException("The outbox cannot be written.");
        var failed = await board.Sync();
        Assert.Equal("The outbox cannot be written.", failed.Status.Error);
        Assert.NotEqual(board.Origin.Revision, board.Server.Acknowledged[^1].Revision);
        board.Erase = null;
        await board.Restart();
        await board.Sync();
        Assert.Equal([Origin.Id(1, 1)], board.Erased);
        Assert.Equal(board.Origin.Revision, board.Server.Acknowledged[^1].Revision);
        Assert.Empty(board.Store.Sync.Erased());
    }

    [Fact]
    public async Task What_came_from_a_server_can_be_forgotten()
    {
        await using var board = new SyncFixture();
        board.Store.Enroll("Local", [GalleryFixture.Face(1, 32, Origin.ModelId)]);
        for (var n = 0; n < 10; n++)
            board.Origin.Put(n);
        await board.Sync();
        Assert.Equal(10, board.Store.Sync.Forget().Removed);
        Assert.Equal("Local", Assert.Single(board.Store.List()).Person.Name);
        Assert.Null(board.Store.Sync.State());
    }

    internal static bool InFiles(string folder, ReadOnlySpan<byte> piece)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (bytes.AsSpan().IndexOf(piece) >= 0)
                return true;
        }

        return false;
    }

    private static byte[] StateOf(Guid id, float[] vector, out byte[] record)
    {
        record = RecordCodec.Encode(new SyncChange(1, id, new SyncPerson("Mallory", Origin.ModelHash, null, [new SyncTemplate(Origin.Id(2, 1), 0.5f, vector)])));
        var digest = new SetDigest();
        digest.Add(RecordCodec.SeedOf(record));
        return digest.Digest(null);
    }

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
