using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>Reads the templates of one model into one block; the caller holds the lock and a read transaction.</summary>
internal sealed class SnapshotReader(SqliteConnection connection, GalleryRows rows, string path)
{
    private const float NormTolerance = 1e-3f;

    public GallerySnapshot Read(string modelId)
    {
        var revision = rows.Revision;
        var (templates, dimension) = Shape(modelId);
        if ((long)templates * dimension > Array.MaxLength)
            throw GalleryErrors.Damaged(path, $"{templates} templates are more than one block can hold");
        var vectors = new float[templates * dimension];
        var people = new List<Person>();
        var firstTemplates = new List<int>();
        var read = 0;
        using var command = connection.Command(
            """
            SELECT p.key, p.id, p.key_id, p.name, p.created_at, p.id, t.id, t.model_id, t.dimension, t.key_id, t.content
            FROM templates t JOIN people p ON p.key = t.person WHERE t.model_id = ?1 ORDER BY t.person, t.key
            """,
            modelId);
        using var reader = command.ExecuteReader();
        for (long? last = null; reader.Read(); read++)
        {
            if (reader.GetInt64(0) is var key && key != last)
            {
                people.Add(rows.PersonAt(reader, 1));
                firstTemplates.Add(read);
                last = key;
            }

            ReadVector(reader, vectors.AsSpan(read * dimension, dimension));
        }

        firstTemplates.Add(read);
        return new GallerySnapshot(modelId, revision, dimension, [.. people], [.. firstTemplates], vectors);
    }

    private (int Templates, int Dimension) Shape(string modelId)
    {
        using var command = connection.Command(
            "SELECT COUNT(*), COALESCE(MIN(dimension), 0), COALESCE(MAX(dimension), 0) FROM templates WHERE model_id = ?1", modelId);
        using var reader = command.ExecuteReader();
        reader.Read();
        if (reader.GetInt32(1) != reader.GetInt32(2))
            throw GalleryErrors.Damaged(path, "templates of one model differ in dimension");
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    private void ReadVector(SqliteDataReader reader, Span<float> values)
    {
        VectorBlob.Read(rows.ContentAt(reader, 5, out _), values);
        if (!(MathF.Abs(TensorPrimitives.SumOfSquares(values) - 1) <= NormTolerance))
            throw GalleryErrors.Damaged(path, "a vector is not of length 1");
    }
}
