using EdgeFace.Core;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>Thresholds of the server: a person's own, and the group's for the others of the server.</summary>
public sealed class SyncThresholdTests
{
    [Fact]
    public async Task They_reach_the_match_and_a_local_person_keeps_to_the_boards()
    {
        await using var board = new SyncFixture();
        var local = board.Store.Enroll("Local", [GalleryFixture.Face(5, 32, Origin.ModelId)]);
        board.Origin.Put(1, threshold: 0.625f);
        board.Origin.Put(2);
        board.Origin.Threshold = 0.375f;
        await board.Sync();
        var live = new LiveSearch(board.Store, Origin.ModelId);
        Assert.Equal((0.625f, 0.375f, null), (Of(1, 0), Of(2, 0), OfLocal()));
        Assert.Contains("comes from the gallery server", Assert.Throws<InputException>(() => board.Store.SetThreshold(Origin.Id(1, 1), 0.5f)).Message, StringComparison.Ordinal);
        board.Store.SetThreshold(local.Id, 0.25f);
        live.Refresh();
        Assert.Equal(0.25f, OfLocal());

        // Of the group alone: nobody's templates are others.
        var (revision, changes) = (board.Store.Revision, 0);
        board.Store.Changed += () => changes++;
        board.Origin.Threshold = 0.5f;
        var outcome = await board.Sync();
        Assert.Equal((0, 0, false), (outcome.Upserted, outcome.Removed, outcome.WasFull));
        Assert.Equal((revision + 1, 1), (board.Store.Revision, changes));
        Assert.True(live.Refresh());
        Assert.Equal((0.625f, 0.5f, 0.25f), (Of(1, 0), Of(2, 0), OfLocal()));

        board.Origin.Put(1, version: 1);
        board.Origin.Put(2, version: 1, threshold: 0.75f);
        board.Origin.Threshold = null;
        await board.Sync();
        live.Refresh();
        Assert.Equal((null, 0.75f, 0.25f), (Of(1, 1), Of(2, 1), OfLocal()));

        // The same again from a snapshot, as after the board was moved or the server set back.
        board.Origin.Threshold = 0.4375f;
        board.Origin.Epoch = Origin.Id(99, 2);
        Assert.True((await board.Sync()).WasFull);
        live.Refresh();
        Assert.Equal((0.4375f, 0.75f, 0.25f), (Of(1, 1), Of(2, 1), OfLocal()));
        board.Store.Sync.Forget();
        Assert.Equal(0.25f, board.Store.FindPerson("Local")!.Threshold);

        float? Of(int n, int version) => Match(Origin.Vector(Origin.SeedOf(n, version, 0), 32), Origin.Id(1, n));
        float? OfLocal() => Match(GalleryFixture.Vector(5, 32), local.Id);
        float? Match(float[] probe, Guid expected)
        {
            var best = new Match[1];
            Assert.Equal(1, live.Current.Search(probe, best));
            Assert.Equal(expected, best[0].Person.Id);
            return best[0].Threshold;
        }
    }
}
