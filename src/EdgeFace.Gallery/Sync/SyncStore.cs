using EdgeFace.Core;
using EdgeFace.Core.Faces;

namespace EdgeFace.Gallery.Sync;

/// <summary>
/// Brings a gallery to a server's revision: a page, or a whole snapshot, in one transaction together with the cursor and the digest.
/// People enrolled on the board stay as they are.
/// </summary>
internal sealed class SyncStore(GalleryDatabase database, TimeProvider time, Action changed)
{
    /// <summary>What templates of a server have as their source.</summary>
    public const string Source = "server";

    private SyncRows Rows => database.SyncRows;

    public SyncState? State() => database.Read(Rows.ReadState);

    public SyncCounts Counts() => database.Read(Rows.Counts);

    /// <summary>Whether the server's people here are those that the digest of the revision stands for; true when there is no revision.</summary>
    public bool IsWhole() => database.Read(() => Rows.ReadState() is not { } state || Rows.Recount().Sums().AsSpan().SequenceEqual(state.Sums));

    /// <summary>Applies the page that follows what is held.</summary>
    /// <exception cref="SyncRefusedException">It does not follow, or leads to another state than it says; nothing has changed.</exception>
    /// <exception cref="InputException">The gallery cannot be written; nothing has changed.</exception>
    public SyncApplied Apply(GalleryPage page, SyncModel model)
    {
        return Change(() =>
        {
            var state = Rows.ReadState() ?? throw new SyncRefusedException("there is nothing that a page could follow");
            if (page.Epoch != state.Epoch)
                throw new SyncRefusedException("the page is of another history of the server");
            if (page.From != state.Cursor)
                throw new SyncRefusedException($"the page follows revision {page.From}, this board holds {state.Cursor}");
            Check(page, model);
            var work = new Work(Rows, database.Rows, model, Now(), new SetDigest(state.Sums), Rows.NextRound());
            work.Apply(page);
            return Finish(work, state with { Cursor = page.To, Threshold = page.Threshold }, page.State, state.Threshold);
        });
    }

    /// <summary>Makes the server's people exactly those of a snapshot.</summary>
    /// <param name="pages">Read once, one after the other.</param>
    /// <exception cref="SyncRefusedException">The pages do not make the snapshot; nothing has changed.</exception>
    /// <exception cref="InputException">The gallery cannot be written; nothing has changed.</exception>
    public SyncApplied Replace(string group, SnapshotManifest manifest, IEnumerable<GalleryPage> pages, SyncModel model)
    {
        return Change(() =>
        {
            var old = Rows.ReadState();
            var work = new Work(Rows, database.Rows, model, Now(), new SetDigest(), Rows.NextRound()) { IsSnapshot = true, MayHoldOld = old?.ModelHash == model.Hash };
            var (at, last) = (0L, default(GalleryPage));
            foreach (var page in pages)
            {
                if (page.Epoch != manifest.Epoch || page.From != at || last?.IsFinal == true)
                    throw new SyncRefusedException("the snapshot's pages do not follow one another");
                Check(page, model);
                work.Apply(page);
                (at, last) = (page.To, page);
            }

            if (last?.State is null || at != manifest.Revision || Convert.ToHexStringLower(last.State) != manifest.State)
                throw new SyncRefusedException("the snapshot's pages do not end where its list says");
            work.RemoveNotSeen();
            return Finish(work, new SyncState(group, manifest.Epoch, at, [], last.Threshold, model.Hash), last.State, old?.Threshold);
        });
    }

    /// <summary>The same content has another revision on a server that was set back.</summary>
    public void Renumber(Guid epoch, long cursor) => Change(() =>
    {
        if (Rows.ReadState() is { } state)
            Rows.WriteState(state with { Epoch = epoch, Cursor = cursor });
        return new SyncApplied(0, 0);
    });

    /// <summary>Removes everybody who came from a server.</summary>
    public SyncApplied Forget() => Change(() =>
    {
        var work = new Work(Rows, database.Rows, new SyncModel("", "", 0), Now(), new SetDigest(), Rows.NextRound());
        work.RemoveNotSeen();
        Rows.ForgetState();
        return new SyncApplied(0, work.Removed);
    });

    /// <summary>People who are gone here, and whose traces elsewhere on the board are still to be erased.</summary>
    public IReadOnlyList<Guid> Erased() => database.Read(Rows.Erased);

    public void ForgetErased(IReadOnlyList<Guid> people) => Change(() =>
    {
        foreach (var person in people)
            Rows.ForgetErased(person);
        return new SyncApplied(0, 0);
    });

    /// <summary>Whether nothing of removed people is left in the gallery's files; tries to make it so.</summary>
    public bool TryScrub() => database.TryScrub();

    private static void Check(GalleryPage page, SyncModel model)
    {
        foreach (var change in page.Changes)
        {
            if (change.Change.Person is { } person && person.ModelHash == model.Hash && person.Templates[0].Vector.Length != model.Dimension)
                throw new SyncRefusedException($"a template of this board's model has {person.Templates[0].Vector.Length} values instead of {model.Dimension}");
        }
    }

    private SyncApplied Finish(Work work, SyncState state, byte[]? promised, float? formerThreshold)
    {
        state = state with { Sums = work.Digest.Sums() };
        if (promised is not null)
        {
            if (!state.Digest().AsSpan().SequenceEqual(promised))
                throw new SyncStateException("what this board would hold is not what the server says that it holds");
            work.Upserted += Rows.RestoreNames();
        }

        if (Rows.Counts().People > SyncLimits.MaxPeople)
            throw new SyncRefusedException($"the group has more than {SyncLimits.MaxPeople} people");
        Rows.WriteState(state);
        return new SyncApplied(work.Upserted, work.Removed) { OtherThreshold = state.Threshold != formerThreshold };
    }

    private SyncApplied Change(Func<SyncApplied> change)
    {
        var applied = database.Apply(change, done => (done.IsChange, done.Removed > 0));
        if (applied.IsChange)
            changed();
        return applied;
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>One application.</summary>
    private sealed class Work(SyncRows rows, GalleryRows gallery, SyncModel model, DateTimeOffset now, SetDigest digest, long round)
    {
        public SetDigest Digest => digest;

        /// <summary>The digest begins with nothing, so what is there already is added and not exchanged.</summary>
        public bool IsSnapshot { get; init; }

        /// <summary>Whether people who are the same may be kept as they are.</summary>
        public bool MayHoldOld { get; init; } = true;

        public int Upserted { get; set; }

        public int Removed { get; private set; }

        private readonly HashSet<Guid> _seen = [];

        public void Apply(GalleryPage page)
        {
            foreach (var (change, seed) in page.Changes)
            {
                var old = rows.Find(change.PersonId);
                // In a snapshot somebody may come twice, changed while it was made: only then was the old one counted.
                if (old is { } counted && (!IsSnapshot || _seen.Contains(change.PersonId)))
                    digest.Remove(counted.Seed);
                if (change.Person is { } person)
                {
                    digest.Add(seed);
                    if (IsSnapshot)
                        _seen.Add(change.PersonId);
                    Upsert(change.PersonId, person, seed, old);
                }
                else if (old is { } held)
                {
                    _seen.Remove(change.PersonId);
                    Remove(change.PersonId, held.Held);
                }
            }
        }

        public void RemoveNotSeen()
        {
            foreach (var (id, held) in rows.NotSeen(round))
                Remove(id, held);
        }

        private void Remove(Guid id, Held held)
        {
            rows.Remove(id, held);
            Removed++;
        }

        private void Upsert(Guid id, SyncPerson person, byte[] seed, (byte[] Seed, Held Held)? old)
        {
            if (old is { } same && MayHoldOld && same.Held != Held.Conflict && same.Seed.AsSpan().SequenceEqual(seed))
            {
                rows.Seen(id, round);
                return;
            }

            var known = gallery.FindById(id);
            if (known is not null && old is null or { Held: Held.Conflict })
            {
                rows.Note(id, seed, Held.Conflict, round);
                return;
            }

            var name = rows.FreeName(person.Name, id);
            if (known is null)
                gallery.Insert(new Person(id, name, now) { IsOfServer = true });
            else
                gallery.Rename(id, name);
            gallery.SetThreshold(id, person.Threshold);
            gallery.DeleteTemplates(id);
            var foreign = person.ModelHash is not null && person.ModelHash != model.Hash;
            foreach (var template in foreign ? [] : person.Templates)
            {
                var embedding = Embedding.Normalize(model.Id, template.Vector);
                gallery.Insert(id, new NewTemplate(embedding, template.Quality, Sigma: null, Source), Guid.CreateVersion7(now), now);
            }

            var how = foreign ? Held.AwaitingTemplates : name != person.Name ? Held.Renamed : Held.Whole;
            rows.Note(id, seed, how, round);
            Upserted++;
        }
    }
}

/// <summary>Page and board are each in order, and still do not make the server's state: only a snapshot can.</summary>
internal sealed class SyncStateException(string message) : Exception(message);
