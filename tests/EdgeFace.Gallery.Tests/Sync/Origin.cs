using System.Security.Cryptography;
using EdgeFace.Gallery.Sync;

namespace EdgeFace.Gallery.Tests.Sync;

/// <summary>A server's gallery in memory: a compacted list of changes, everything else computed from it anew each time.</summary>
internal sealed class Origin(string group = "door", int dimension = 32)
{
    public const string ModelHash = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    public const string ModelId = "mobilefacenet@a1b2c3d4e5f6";

    private readonly SortedDictionary<long, SyncChange> _changes = [];
    private readonly Dictionary<Guid, long> _last = [];

    public string Group => group;

    public Guid Epoch { get; set; } = Id(99, 1);

    public long Revision { get; private set; }

    /// <summary>Cursors below this miss tombstones.</summary>
    public long Oldest { get; set; }

    /// <summary>As on the server, another threshold is another revision.</summary>
    public float? Threshold
    {
        get;
        set
        {
            Revision += field == value ? 0 : 1;
            field = value;
        }
    }

    public SyncModel Model { get; } = new(ModelId, ModelHash, dimension);

    public IEnumerable<SyncChange> People => _changes.Values.Where(change => change.Person is not null);

    public int Count => People.Count();

    public static Guid Id(int kind, int number) => new(number, (short)kind, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1);

    public static float[] Vector(int seed, int dimension)
    {
        var random = new Random(seed);
        var values = new float[dimension];
        double sum = 0;
        for (var i = 0; i < dimension; i++)
        {
            values[i] = (float)(random.NextDouble() * 2 - 1);
            sum += (double)values[i] * values[i];
        }

        for (var i = 0; i < dimension; i++)
            values[i] = (float)(values[i] / Math.Sqrt(sum));
        return values;
    }

    /// <summary>Person number n with a name and templates that follow from n and the version.</summary>
    public void Put(int n, int version = 0, string? name = null, string? model = ModelHash, float? threshold = null, int templates = 1)
        => Commit(Id(1, n), new SyncPerson(
            name ?? NameOf(n, version), templates == 0 ? null : model, threshold,
            [.. Enumerable.Range(0, templates).Select(k => new SyncTemplate(Id(2, 10 * n + k), 0.5f, Vector(SeedOf(n, version, k), dimension)))]));

    public static string NameOf(int n, int version) => $"Person-{n:x6}-{version}";

    public static int SeedOf(int n, int version, int k) => n * 1009 + version * 31 + k;

    public void Erase(int n) => Commit(Id(1, n), null);

    /// <summary>As after a restore: the same or other content under another numbering.</summary>
    public void Renumber(long revision)
    {
        var people = People.ToList();
        _changes.Clear();
        _last.Clear();
        Revision = revision - people.Count;
        foreach (var person in people)
            Commit(person.PersonId, person.Person);
    }

    public string State() => Convert.ToHexStringLower(StateBytes());

    public byte[] Page(long since, int most = 64)
    {
        var following = _changes.Values.Where(change => change.Revision > since).Take(most + 1).ToList();
        var more = following.Count > most;
        var changes = more ? following[..most] : following;
        return GalleryPage.Write(
            group, Epoch, since, more ? changes[^1].Revision : Revision, Threshold, more ? null : StateBytes(), [.. changes.Select(RecordCodec.Encode)]);
    }

    public (SnapshotManifest Manifest, Dictionary<string, byte[]> Pages) Snapshot(int most = 64)
    {
        var (pages, list) = (new Dictionary<string, byte[]>(), new List<SnapshotPage>());
        for (var since = 0L; ;)
        {
            var bytes = Page(since, most);
            var id = Convert.ToHexStringLower(SHA256.HashData(bytes));
            pages[id] = bytes;
            list.Add(new SnapshotPage(id, bytes.Length));
            var page = GalleryPage.Read(bytes, group);
            if (page.IsFinal)
                return (new SnapshotManifest(Epoch, Revision, State(), list), pages);
            since = page.To;
        }
    }

    private byte[] StateBytes()
    {
        var digest = new SetDigest();
        foreach (var change in People)
            digest.Add(RecordCodec.SeedOf(RecordCodec.Encode(change)));
        return digest.Digest(Threshold);
    }

    private void Commit(Guid id, SyncPerson? person)
    {
        if (_last.TryGetValue(id, out var former))
            _changes.Remove(former);
        Revision++;
        _last[id] = Revision;
        _changes[Revision] = new SyncChange(Revision, id, person);
    }
}
