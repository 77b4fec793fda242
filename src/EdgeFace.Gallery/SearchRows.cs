using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>How far a search has followed the gallery.</summary>
/// <param name="Revision">Of the gallery.</param>
/// <param name="Removal">Number of the last removal.</param>
internal readonly record struct SearchMark(long Revision, long Removal);

/// <summary>Statements for searches that follow the gallery; the caller holds the lock and a read transaction.</summary>
internal sealed class SearchRows(SqliteConnection connection, GalleryRows rows, string path)
{
    private const float NormTolerance = 1e-3f;

    /// <summary>The state that this transaction sees.</summary>
    public SearchMark Mark => new(rows.Revision, rows.LastRemoval);

    /// <summary>Of the group whose people a server gave; null for none.</summary>
    public float? GroupThreshold => connection.FloatOrNull("SELECT threshold FROM sync_state");

    /// <summary>How many templates of a model there are, and how many values each has.</summary>
    /// <exception cref="Core.InputException">They differ in that.</exception>
    public (int Templates, int Dimension) Shape(string modelId)
    {
        using var command = connection.Command(
            "SELECT COUNT(*), COALESCE(MIN(dimension), 0), COALESCE(MAX(dimension), 0) FROM templates WHERE model_id = ?1", modelId);
        using var reader = command.ExecuteReader();
        reader.Read();
        if (reader.GetInt32(1) != reader.GetInt32(2))
            throw GalleryErrors.Damaged(path, "templates of one model differ in dimension");
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    /// <summary>Templates at even distances over the gallery, at most so many.</summary>
    public float[] Sample(string modelId, int most)
    {
        var (templates, dimension) = Shape(modelId);
        var stride = Math.Max(1, templates / most);
        var keys = new List<long>();
        using (var command = connection.Command("SELECT key FROM templates WHERE model_id = ?1 ORDER BY person", modelId))
        {
            using var reader = command.ExecuteReader();
            for (var i = 0; reader.Read(); i++)
            {
                if (i % stride == 0 && keys.Count < most)
                    keys.Add(reader.GetInt64(0));
            }
        }

        var sample = new float[keys.Count * dimension];
        for (var i = 0; i < keys.Count; i++)
        {
            using var command = connection.Command(
                "SELECT p.id, t.id, t.model_id, t.dimension, t.key_id, t.content FROM templates t JOIN people p ON p.key = t.person WHERE t.key = ?1", keys[i]);
            using var reader = command.ExecuteReader();
            reader.Read();
            ReadVector(reader, 0, sample.AsSpan(i * dimension, dimension));
        }

        return sample;
    }

    /// <summary>Everybody who has a template of the model, in the order of enrolment.</summary>
    public IEnumerable<PersonChange> Everybody(string modelId, int dimension) => People(
        """
        SELECT p.key, p.id, p.key_id, p.name, p.created_at, p.threshold, p.of_server, p.id, t.id, t.model_id, t.dimension, t.key_id, t.content
        FROM templates t JOIN people p ON p.key = t.person WHERE t.model_id = ?1 ORDER BY t.person, t.key
        """,
        dimension, modelId);

    /// <summary>The same in one block.</summary>
    public GallerySnapshot Snapshot(string modelId)
    {
        var (templates, dimension) = Shape(modelId);
        if ((long)templates * dimension > Array.MaxLength)
            throw GalleryErrors.Damaged(path, $"{templates} templates are more than one block can hold");
        var (vectors, people, firsts, at) = (new float[templates * dimension], new List<Person>(), new List<int>(), 0);
        foreach (var change in Everybody(modelId, dimension))
        {
            people.Add(change.Person!);
            firsts.Add(at / dimension);
            change.Vectors.CopyTo(vectors, at);
            at += change.Vectors.Length;
        }

        return new GallerySnapshot(modelId, rows.Revision, dimension, [.. people], [.. firsts, templates], vectors) { GroupThreshold = GroupThreshold };
    }

    /// <summary>Who has changed since, and who has left; null when that is not known any more, or many at that.</summary>
    public List<PersonChange>? Since(SearchMark mark, string modelId, int dimension, int most)
    {
        // Removals are kept for a while only.
        if (connection.Number("SELECT COALESCE(MIN(number), 0) FROM removals") > mark.Removal + 1
            || connection.Number("SELECT COUNT(*) FROM people WHERE changed > ?1", mark.Revision) > most)
        {
            return null;
        }

        var changes = new Dictionary<int, PersonChange>();
        using (var command = connection.Command("SELECT person FROM removals WHERE number > ?1", mark.Removal))
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
                changes[NumberAt(reader, 0)] = new PersonChange(NumberAt(reader, 0), null, []);
        }

        // A number that became free may be somebody else's by now: who is there comes after who has left.
        var present = People(
            """
            SELECT p.key, p.id, p.key_id, p.name, p.created_at, p.threshold, p.of_server, p.id, t.id, t.model_id, t.dimension, t.key_id, t.content
            FROM people p LEFT JOIN templates t ON t.person = p.key AND t.model_id = ?1 WHERE p.changed > ?2 ORDER BY p.key, t.key
            """,
            dimension, modelId, mark.Revision);
        foreach (var change in present)
            changes[change.Number] = change;
        return [.. changes.Values];
    }

    private IEnumerable<PersonChange> People(string sql, int dimension, params object[] values)
    {
        using var command = connection.Command(sql, values);
        using var reader = command.ExecuteReader();
        var (number, person, vectors) = (-1, default(Person), new List<float>());
        while (reader.Read())
        {
            if (NumberAt(reader, 0) is var next && next != number)
            {
                if (person is not null)
                    yield return new PersonChange(number, person, [.. vectors]);
                (number, person) = (next, rows.PersonAt(reader, 1));
                vectors.Clear();
            }

            if (reader.IsDBNull(8))
                continue;
            var at = vectors.Count;
            System.Runtime.InteropServices.CollectionsMarshal.SetCount(vectors, at + dimension);
            ReadVector(reader, 7, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(vectors)[at..]);
        }

        if (person is not null)
            yield return new PersonChange(number, person, [.. vectors]);
    }

    private int NumberAt(SqliteDataReader reader, int column)
        => reader.GetInt64(column) is >= 0 and <= int.MaxValue and var number ? (int)number : throw GalleryErrors.Damaged(path, "a person's number is out of range");

    private void ReadVector(SqliteDataReader reader, int column, Span<float> values)
    {
        var content = rows.ContentAt(reader, column, out var identity);
        if (identity.Dimension != values.Length)
            throw GalleryErrors.Damaged(path, "templates of one model differ in dimension");
        VectorBlob.Read(content, values);
        if (!(MathF.Abs(TensorPrimitives.SumOfSquares(values) - 1) <= NormTolerance))
            throw GalleryErrors.Damaged(path, "a vector is not of length 1");
    }
}
