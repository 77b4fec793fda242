using EdgeFace.Core.Faces;
using EdgeFace.Core.Security;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>Statements about people and templates; the caller holds the lock and the transaction.</summary>
internal sealed class GalleryRows(SqliteConnection connection, RowSeal seal, KeyRing? ring, string path)
{
    private const int PageSize = 256;

    public long Revision => connection.Number("SELECT revision FROM gallery_state");

    /// <summary>The key that rows are sealed with now. Asked for in the transaction that writes them: another process may change it.</summary>
    public uint KeyId => (uint)connection.Number("SELECT key_id FROM gallery_state");

    public long LastRemoval => connection.Number("SELECT COALESCE(MAX(number), 0) FROM removals");

    public void CountRevision() => connection.Execute("UPDATE gallery_state SET revision = revision + 1");

    public void AskForScrub() => connection.Execute("UPDATE gallery_state SET scrub_due = 1");

    public Person? FindById(Guid id) => FindPerson("id", id.ToString());

    public Person? FindByName(string trimmed)
    {
        // The current key first: a ring that does not know it reads its file again, and has the earlier ones then, under which the
        // name may still stand during a change of keys.
        var current = KeyId;
        var found = FindPerson("name_key", seal.NameKey(current, trimmed));
        foreach (var key in found is null && ring is not null ? ring.Keys : [])
            found ??= key.Id == current ? null : FindPerson("name_key", seal.NameKey(key.Id, trimmed));
        return found;
    }

    public void Insert(Person person)
    {
        var key = KeyId;
        connection.Execute(
            "INSERT INTO people (id, key_id, name, name_key, created_at, threshold, of_server) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            person.Id.ToString(), (long)key, seal.SealName(key, person.Id, person.Name), seal.NameKey(key, person.Name),
            person.CreatedAt.ToUnixTimeMilliseconds(), person.Threshold, person.IsOfServer ? 1L : 0L);
    }

    public void Insert(Guid person, NewTemplate template, Guid id, DateTimeOffset createdAt)
    {
        var (key, embedding) = (KeyId, template.Embedding);
        var identity = new TemplateIdentity(person, id, embedding.ModelId, embedding.Dimension);
        connection.Execute(
            """
            INSERT INTO templates (id, person, model_id, dimension, key_id, content, quality, sigma, created_at)
            VALUES (?1, (SELECT key FROM people WHERE id = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """,
            id.ToString(), person.ToString(), embedding.ModelId, embedding.Dimension, (long)key,
            seal.SealTemplate(key, identity, embedding.Values, template.Source), template.Quality, template.Sigma, createdAt.ToUnixTimeMilliseconds());
    }

    public void Rename(Guid person, string name)
    {
        var key = KeyId;
        connection.Execute(
            "UPDATE people SET key_id = ?2, name = ?3, name_key = ?4, changed = (SELECT revision + 1 FROM gallery_state) WHERE id = ?1",
            person.ToString(), (long)key, seal.SealName(key, person, name), seal.NameKey(key, name));
    }

    /// <param name="threshold">Null takes it away.</param>
    public void SetThreshold(Guid person, float? threshold) => connection.Execute(
        "UPDATE people SET threshold = ?2, changed = (SELECT revision + 1 FROM gallery_state) WHERE id = ?1", person.ToString(), threshold);

    public void DeleteTemplates(Guid person)
        => connection.Execute("DELETE FROM templates WHERE person = (SELECT key FROM people WHERE id = ?1)", person.ToString());

    public bool Delete(Guid person)
    {
        if (connection.Execute("DELETE FROM people WHERE id = ?1", person.ToString()) == 0)
            return false;
        AskForScrub();
        return true;
    }

    /// <summary>In the order of names.</summary>
    public List<PersonSummary> List()
    {
        using var command = connection.Command(
            """
            SELECT p.id, p.key_id, p.name, p.created_at, p.threshold, p.of_server, COUNT(t.key), MAX(t.created_at)
            FROM people p LEFT JOIN templates t ON t.person = p.key GROUP BY p.key
            """);
        using var reader = command.ExecuteReader();
        var list = new List<(string Key, PersonSummary Summary)>();
        while (reader.Read())
        {
            var person = PersonAt(reader, 0);
            var newest = reader.IsDBNull(7) ? null : (DateTimeOffset?)TimeAt(reader, 7);
            list.Add((PersonName.KeyOf(person.Name), new PersonSummary(person, reader.GetInt32(6), newest)));
        }

        list.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return list.ConvertAll(entry => entry.Summary);
    }

    /// <summary>The next templates after one, a page at most, with their keys.</summary>
    public List<(long Key, Template Template)> Page(long afterKey, Guid? person)
    {
        using var command = connection.Command(
            """
            SELECT p.id, t.id, t.model_id, t.dimension, t.key_id, t.content, t.key, t.quality, t.sigma, t.created_at
            FROM templates t JOIN people p ON p.key = t.person
            WHERE t.key > ?1 AND (?2 IS NULL OR p.id = ?2) ORDER BY t.key LIMIT ?3
            """,
            afterKey, person?.ToString(), PageSize);
        using var reader = command.ExecuteReader();
        var page = new List<(long, Template)>();
        while (reader.Read())
            page.Add((reader.GetInt64(6), TemplateAt(reader)));
        return page;
    }

    public Guid GuidAt(SqliteDataReader reader, int column)
        => Guid.TryParse(reader.GetString(column), out var id) ? id : throw GalleryErrors.Damaged(path, "an id is none");

    /// <summary>A person from id, key id, name, time, threshold and origin in six columns.</summary>
    public Person PersonAt(SqliteDataReader reader, int column)
    {
        var id = GuidAt(reader, column);
        return new Person(id, seal.OpenName(KeyIdAt(reader, column + 1), id, reader.GetFieldValue<byte[]>(column + 2)), TimeAt(reader, column + 3))
        {
            Threshold = reader.IsDBNull(column + 4) ? null : reader.GetFloat(column + 4),
            IsOfServer = reader.GetInt64(column + 5) != 0,
        };
    }

    /// <summary>A template's vector and source from the ids of person, template and model, dimension, key id and content in six columns.</summary>
    public byte[] ContentAt(SqliteDataReader reader, int column, out TemplateIdentity identity)
    {
        identity = new TemplateIdentity(GuidAt(reader, column), GuidAt(reader, column + 1), reader.GetString(column + 2), reader.GetInt32(column + 3));
        return seal.OpenTemplate(KeyIdAt(reader, column + 4), identity, reader.GetFieldValue<byte[]>(column + 5));
    }

    public string? SnapshotId
    {
        get
        {
            using var command = connection.Command("SELECT snapshot_id FROM gallery_state");
            return command.ExecuteScalar() as string;
        }
        set => connection.Execute("UPDATE gallery_state SET snapshot_id = ?1", value);
    }

    public void SetKey(uint key) => connection.Execute("UPDATE gallery_state SET key_id = ?1", (long)key);

    public List<KeyUse> KeyUses()
    {
        using var command = connection.Command(
            """
            SELECT key_id, SUM(people), SUM(templates) FROM (
                SELECT key_id, COUNT(*) AS people, 0 AS templates FROM people GROUP BY key_id
                UNION ALL SELECT key_id, 0, COUNT(*) FROM templates GROUP BY key_id)
            GROUP BY key_id ORDER BY key_id
            """);
        using var reader = command.ExecuteReader();
        var uses = new List<KeyUse>();
        while (reader.Read())
            uses.Add(new KeyUse(KeyIdAt(reader, 0), reader.GetInt64(1), reader.GetInt64(2)));
        return uses;
    }

    public bool HasRowsOf(uint key) => connection.Number(
        "SELECT EXISTS (SELECT 1 FROM people WHERE key_id = ?1) OR EXISTS (SELECT 1 FROM templates WHERE key_id = ?1)", (long)key) != 0;

    /// <summary>Brings some rows from one key to another; what stood there is overwritten with the next scrubbing.</summary>
    /// <returns>How many; less than <paramref name="most"/> when none is left.</returns>
    public int SealAnew(uint to, uint from, int most)
    {
        AskForScrub();
        var people = SealPeopleAnew(to, from, most);
        return people + SealTemplatesAnew(to, from, most - people);
    }

    private int SealPeopleAnew(uint to, uint from, int most)
    {
        using var command = connection.Command("SELECT id, key_id, name, created_at, threshold, of_server FROM people WHERE key_id = ?1 LIMIT ?2", (long)from, most);
        var people = new List<Person>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
                people.Add(PersonAt(reader, 0));
        }

        foreach (var person in people)
        {
            connection.Execute(
                "UPDATE people SET key_id = ?1, name = ?2, name_key = ?3 WHERE id = ?4",
                (long)to, seal.SealName(to, person.Id, person.Name), seal.NameKey(to, person.Name), person.Id.ToString());
        }

        return people.Count;
    }

    private int SealTemplatesAnew(uint to, uint from, int most)
    {
        using var command = connection.Command(
            """
            SELECT p.id, t.id, t.model_id, t.dimension, t.key_id, t.content, t.key
            FROM templates t JOIN people p ON p.key = t.person WHERE t.key_id = ?1 LIMIT ?2
            """,
            (long)from, most);
        var contents = new List<(long Key, byte[] Content)>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var plain = ContentAt(reader, 0, out var identity);
                contents.Add((reader.GetInt64(6), seal.Reseal(to, identity, plain)));
            }
        }

        foreach (var (key, content) in contents)
            connection.Execute("UPDATE templates SET key_id = ?1, content = ?2 WHERE key = ?3", (long)to, content, key);
        return contents.Count;
    }

    private static DateTimeOffset TimeAt(SqliteDataReader reader, int column)
        => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    private static uint KeyIdAt(SqliteDataReader reader, int column) => (uint)reader.GetInt64(column);

    private Person? FindPerson(string column, object value)
    {
        using var command = connection.Command($"SELECT id, key_id, name, created_at, threshold, of_server FROM people WHERE {column} = ?1", value);
        using var reader = command.ExecuteReader();
        return reader.Read() ? PersonAt(reader, 0) : null;
    }

    private Template TemplateAt(SqliteDataReader reader)
    {
        var content = ContentAt(reader, 0, out var identity);
        var values = new float[identity.Dimension];
        VectorBlob.Read(content, values);
        return new Template(
            identity.Template, identity.Person, EmbeddingOf(identity.ModelId, values), reader.GetFloat(7),
            reader.IsDBNull(8) ? null : reader.GetFloat(8), TimeAt(reader, 9), RowSeal.SourceOf(identity, content));
    }

    private Embedding EmbeddingOf(string modelId, float[] values)
    {
        try
        {
            return Embedding.Normalize(modelId, values);
        }
        catch (ArgumentException)
        {
            throw GalleryErrors.Damaged(path, "a vector has no direction");
        }
    }
}
