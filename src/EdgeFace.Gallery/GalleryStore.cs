using EdgeFace.Core;
using EdgeFace.Core.Security;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Gallery;

/// <summary>
/// The people and their templates in one SQLite file: write-ahead log, synchronous FULL, so that a change is durable when the
/// call returns. May be used from several threads, and the file by several processes at once (on one machine, not over a network
/// file system). The file, its log and the log's index are made readable for their owner alone.
/// </summary>
/// <remarks>Every member throws <see cref="InputException"/> with one clear line when the file cannot be read or written.</remarks>
public sealed class GalleryStore : IDisposable
{
    private readonly GalleryDatabase _database;
    private readonly GalleryRows _rows;
    private readonly GalleryKeys _keys;
    private readonly SnapshotStore _snapshots;
    private readonly KeyRing? _ring;
    private readonly TimeProvider _time;
    private readonly ILogger<GalleryStore> _logger;

    private GalleryStore(GalleryDatabase database, KeyRing? keys, TimeProvider time, ILogger<GalleryStore> logger)
    {
        _database = database;
        _rows = database.Rows;
        _keys = new GalleryKeys(database, keys, time, logger);
        _snapshots = new SnapshotStore(database, keys, time, logger);
        _ring = keys;
        _time = time;
        _logger = logger;
    }

    /// <summary>Raised after a commit of this object, on the thread that made it, outside of any lock.</summary>
    public event Action? Changed;

    /// <summary>
    /// Whether removed rows may still stand in the file or its log, because another process was using them or the disk was full;
    /// scrubbing is tried again with the next change here and when the gallery is closed or opened.
    /// </summary>
    public bool ScrubPending => _database.ScrubPending;

    /// <summary>Counts the changes of people and templates by any process since the file was made.</summary>
    public long Revision => _database.Read(() => _rows.Revision);

    /// <summary>What came from a server.</summary>
    internal Sync.SyncStore Sync => field ??= new Sync.SyncStore(_database, _time, () => Changed?.Invoke());

    /// <summary>Seals other files as the gallery is sealed; null when it is not.</summary>
    internal AeadBox? Box(string purpose) => _ring?.Box(purpose);

    /// <summary>Lets the file grow no further; how tests fill the disk.</summary>
    internal void LimitPages(long pages) => _database.LimitPages(pages);

    /// <summary>Opens a gallery, or makes an empty one (file mode 0600; a folder that is missing, 0700).</summary>
    /// <param name="keys">
    /// The keys that names, vectors and sources are encrypted with. A gallery that is not encrypted yet is, before this returns, and
    /// nothing of it stays readable in its files. Null: a gallery that is not encrypted.
    /// </param>
    /// <exception cref="InputException">
    /// The file is not a gallery, is damaged, was written by a newer program, is encrypted with a key that is not there, or cannot
    /// be written.
    /// </exception>
    public static GalleryStore Open(string path, TimeProvider time, ILogger<GalleryStore> logger, KeyRing? keys = null)
        => Open(path, time, logger, GallerySchema.Migrations, keys);

    internal static GalleryStore Open(string path, TimeProvider time, ILogger<GalleryStore> logger, IReadOnlyList<string> migrations, KeyRing? keys = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var database = GalleryDatabase.Open(Path.GetFullPath(path), migrations, keys, logger);
        try
        {
            var store = new GalleryStore(database, keys, time, logger);
            store._keys.Begin();
            return store;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a gallery at this path that needs a key to be opened. Changes nothing.</summary>
    /// <exception cref="InputException">The file is not a gallery or cannot be read.</exception>
    public static bool IsEncrypted(string path) => GalleryFile.KeyOf(Path.GetFullPath(path)) is not (null or RowSeal.Plain);

    /// <summary>Which keys the rows stand under.</summary>
    public GalleryKeyStatus KeyStatus() => _keys.Status();

    /// <summary>
    /// Seals everything with a new key and removes the earlier one from the key file. May be interrupted at any moment, also by a
    /// power cut: the gallery can be read all the time, and the next call ends what was begun. Others may use the gallery meanwhile.
    /// </summary>
    /// <exception cref="InputException">The gallery is not encrypted, or the key file cannot be written.</exception>
    public KeyRotation RotateKey() => _keys.Rotate();

    /// <summary>Adds a person without templates.</summary>
    /// <exception cref="InputException">The name is not allowed (<see cref="PersonName"/>) or taken.</exception>
    public Person AddPerson(string name)
    {
        var trimmed = PersonName.Parse(name);
        return Change(() =>
        {
            if (_rows.FindByName(trimmed) is not null)
                throw new InputException("Somebody of this name is in the gallery already (upper and lower case count as equal): choose another name.");
            return Create(trimmed);
        });
    }

    /// <summary>Adds templates to a person, all or none.</summary>
    /// <exception cref="InputException">The person is not in the gallery (any more).</exception>
    /// <exception cref="ArgumentException">There is no template, or one has a value out of range.</exception>
    public void AddTemplates(Person person, IReadOnlyList<NewTemplate> templates)
    {
        Check(templates);
        Change(() =>
        {
            if (_rows.FindById(person.Id) is null)
                throw new InputException($"There is no person {person.Id} in the gallery: list the gallery to see who is.");
            _database.SyncRows.DemandLocal(person.Id);
            return Insert(person, templates);
        });
        Log.Enrolled(_logger, person.Id, templates.Count);
    }

    /// <summary>Adds templates to the person of this name, who is made when new; all in one transaction.</summary>
    /// <exception cref="InputException">The name is not allowed (<see cref="PersonName"/>).</exception>
    /// <exception cref="ArgumentException">There is no template, or one has a value out of range.</exception>
    public Person Enroll(string name, IReadOnlyList<NewTemplate> templates)
    {
        var trimmed = PersonName.Parse(name);
        Check(templates);
        var person = Change(() =>
        {
            var known = _rows.FindByName(trimmed);
            if (known is not null)
                _database.SyncRows.DemandLocal(known.Id);
            return Insert(known ?? Create(trimmed), templates);
        });
        Log.Enrolled(_logger, person.Id, templates.Count);
        return person;
    }

    /// <summary>A person by id, or by name ignoring case; null when there is none.</summary>
    public Person? FindPerson(string nameOrId) => _database.Read(() =>
        (Guid.TryParse(nameOrId, out var id) ? _rows.FindById(id) : null)
        ?? (PersonName.TryParse(nameOrId, out var trimmed, out _) ? _rows.FindByName(trimmed) : null));

    /// <summary>
    /// Removes a person with all templates, and their bytes from the file and its log: the file is written anew, which takes time
    /// and space in proportion to it. See <see cref="ScrubPending"/> for when that is delayed; the person is gone all the same.
    /// </summary>
    /// <returns>False when there is no such person.</returns>
    /// <exception cref="InputException">The person comes from a server.</exception>
    public bool RemovePerson(Guid id)
    {
        var removed = Change(() =>
        {
            _database.SyncRows.DemandLocal(id);
            return _rows.Delete(id);
        }, deleted => deleted);
        if (removed)
            Log.Removed(_logger, id);
        return removed;
    }

    /// <summary>Sets the cosine from which on a face is this person's, instead of the board's.</summary>
    /// <param name="threshold">-1..1; null takes the board's again.</param>
    /// <exception cref="InputException">The person comes from a server.</exception>
    /// <returns>False when there is no such person.</returns>
    public bool SetThreshold(Guid id, float? threshold)
    {
        if (threshold is { } value && !(value >= -1 && value <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), "A threshold is a cosine, -1 to 1.");
        return Change(() =>
        {
            _database.SyncRows.DemandLocal(id);
            if (_rows.FindById(id) is null)
                return false;
            _rows.SetThreshold(id, threshold);
            return true;
        });
    }

    /// <summary>Everybody, in the order of their names.</summary>
    public IReadOnlyList<PersonSummary> List() => _database.Read(_rows.List);

    /// <summary>
    /// All templates or one person's, in the order of enrolment, read page by page: what changes during the enumeration may or
    /// may not be in it.
    /// </summary>
    public IEnumerable<Template> Templates(Guid? person = null)
    {
        long last = 0;
        while (_database.Read(() => _rows.Page(last, person)) is { Count: > 0 } page)
        {
            foreach (var (key, template) in page)
            {
                last = key;
                yield return template;
            }
        }
    }

    /// <summary>
    /// Whether another process (or another object of this one) has changed people or templates since this object was opened,
    /// or last made a <see cref="Snapshot"/>. Cheap: one number is asked for while nothing happens.
    /// </summary>
    public bool HasChanged() => _database.HasChanged();

    /// <summary>All templates of one model as they are now.</summary>
    public GallerySnapshot Snapshot(string modelId) => ForSearch(rows => rows.Snapshot(modelId));

    /// <summary>The file from which a large gallery is searched soon after the start.</summary>
    internal SnapshotStore Snapshots => _snapshots;

    /// <summary>What the snapshot file says of itself; null when there is none. Looks at its header alone.</summary>
    /// <exception cref="InputException">It is no snapshot, of another version, or was cut.</exception>
    public SnapshotInfo? ReadSnapshotInfo() => _snapshots.Info();

    /// <summary>Reads the whole snapshot file and checks that nothing in it was changed or damaged.</summary>
    /// <exception cref="InputException">There is none, or it cannot be used; the gallery itself is not affected.</exception>
    public SnapshotInfo VerifySnapshot() => _snapshots.Verify();

    /// <summary>Reads for a search, all of one state.</summary>
    internal T ForSearch<T>(Func<SearchRows, T> read) => _database.ReadAtOnce(connection =>
    {
        _database.Look();
        return read(new SearchRows(connection, _rows, _database.Path));
    });

    /// <summary>People and templates as a document; vectors only when asked for.</summary>
    public GalleryExport Export(bool includeVectors = false)
        => _database.ReadAtOnce(_ => GalleryExport.Read(_rows, _time.GetUtcNow(), includeVectors));

    public void Dispose() => _database.Dispose();

    private static void Check(IReadOnlyList<NewTemplate> templates)
    {
        if (templates.Count == 0)
            throw new ArgumentException("No template to enrol.", nameof(templates));
        foreach (var template in templates)
            template.Check();
    }

    private Person Create(string trimmed)
    {
        var now = Now();
        var person = new Person(Guid.CreateVersion7(now), trimmed, now);
        _rows.Insert(person);
        return person;
    }

    private Person Insert(Person person, IReadOnlyList<NewTemplate> templates)
    {
        var now = Now();
        foreach (var template in templates)
            _rows.Insert(person.Id, template, Guid.CreateVersion7(now), now);
        return person;
    }

    /// <summary>As it is stored, so that what is returned equals what is read later.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private T Change<T>(Func<T> change, Func<T, bool>? deletes = null)
    {
        var result = _database.Change(change, deletes, out var changed);
        if (changed)
            Changed?.Invoke();
        return result;
    }
}
