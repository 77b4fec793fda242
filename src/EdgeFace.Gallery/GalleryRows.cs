using EdgeFace.Core.Faces;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>Statements about people and templates; the caller holds the lock and the transaction.</summary>
internal sealed class GalleryRows(SqliteConnection connection, string path)
{
    private const int PageSize = 256;

    public long Revision => connection.Number("SELECT revision FROM gallery_state");

    public void CountRevision() => connection.Execute("UPDATE gallery_state SET revision = revision + 1");

    public Person? FindById(Guid id) => FindPerson("id", id.ToString());

    public Person? FindByName(string trimmed) => FindPerson("name_key", PersonName.KeyOf(trimmed));

    public void Insert(Person person) => connection.Execute(
        "INSERT INTO people (id, name, name_key, created_at) VALUES (?1, ?2, ?3, ?4)",
        person.Id.ToString(), person.Name, PersonName.KeyOf(person.Name), person.CreatedAt.ToUnixTimeMilliseconds());

    public void Insert(Guid person, NewTemplate template, Guid id, DateTimeOffset createdAt) => connection.Execute(
        """
        INSERT INTO templates (id, person, model_id, dimension, vector, quality, sigma, source, created_at)
        VALUES (?1, (SELECT key FROM people WHERE id = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """,
        id.ToString(), person.ToString(), template.Embedding.ModelId, template.Embedding.Dimension,
        VectorBlob.Write(template.Embedding.Values), template.Quality, template.Sigma, template.Source, createdAt.ToUnixTimeMilliseconds());

    public bool Delete(Guid person)
    {
        if (connection.Execute("DELETE FROM people WHERE id = ?1", person.ToString()) == 0)
            return false;
        connection.Execute("UPDATE gallery_state SET scrub_due = 1");
        return true;
    }

    public List<PersonSummary> List()
    {
        using var command = connection.Command(
            """
            SELECT p.id, p.name, p.created_at, COUNT(t.key), MAX(t.created_at)
            FROM people p LEFT JOIN templates t ON t.person = p.key GROUP BY p.key ORDER BY p.name_key
            """);
        using var reader = command.ExecuteReader();
        var list = new List<PersonSummary>();
        while (reader.Read())
            list.Add(new PersonSummary(PersonAt(reader, 0), reader.GetInt32(3), reader.IsDBNull(4) ? null : TimeAt(reader, 4)));
        return list;
    }

    /// <summary>The next templates after one, a page at most, with their keys.</summary>
    public List<(long Key, Template Template)> Page(long afterKey, Guid? person)
    {
        using var command = connection.Command(
            """
            SELECT t.key, t.id, p.id, t.model_id, t.vector, t.quality, t.sigma, t.created_at, t.source
            FROM templates t JOIN people p ON p.key = t.person
            WHERE t.key > ?1 AND (?2 IS NULL OR p.id = ?2) ORDER BY t.key LIMIT ?3
            """,
            afterKey, person?.ToString(), PageSize);
        using var reader = command.ExecuteReader();
        var page = new List<(long, Template)>();
        while (reader.Read())
            page.Add((reader.GetInt64(0), TemplateAt(reader)));
        return page;
    }

    public Guid GuidAt(SqliteDataReader reader, int column)
        => Guid.TryParse(reader.GetString(column), out var id) ? id : throw GalleryErrors.Damaged(path, "an id is none");

    /// <summary>A person from id, name and time in three columns.</summary>
    public Person PersonAt(SqliteDataReader reader, int column)
        => new(GuidAt(reader, column), reader.GetString(column + 1), TimeAt(reader, column + 2));

    private static DateTimeOffset TimeAt(SqliteDataReader reader, int column)
        => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    private Person? FindPerson(string column, string value)
    {
        using var command = connection.Command($"SELECT id, name, created_at FROM people WHERE {column} = ?1", value);
        using var reader = command.ExecuteReader();
        return reader.Read() ? PersonAt(reader, 0) : null;
    }

    private Template TemplateAt(SqliteDataReader reader)
    {
        var blob = reader.GetFieldValue<byte[]>(4);
        var values = new float[blob.Length / sizeof(float)];
        VectorBlob.Read(blob, values);
        return new Template(
            GuidAt(reader, 1), GuidAt(reader, 2), EmbeddingOf(reader.GetString(3), values), reader.GetFloat(5),
            reader.IsDBNull(6) ? null : reader.GetFloat(6), TimeAt(reader, 7), reader.GetString(8));
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
