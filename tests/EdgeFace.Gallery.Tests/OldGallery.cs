namespace EdgeFace.Gallery.Tests;

/// <summary>A gallery as the first version wrote it: schema 1, nothing encrypted, with the traces of people who have left.</summary>
internal static class OldGallery
{
    public static void Make(string path, int people, Func<int, string> nameOf, Func<int, NewTemplate> faceOf)
    {
        using var connection = SqliteFile.Open(path);
        connection.Execute("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON");
        connection.Execute(GallerySchema.Migrations[0] + "UPDATE schema_version SET version = 1");
        for (var i = 0; i < people; i++)
        {
            var (name, face, id) = (nameOf(i), faceOf(i), Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(i)));
            connection.Execute(
                "INSERT INTO people (id, name, name_key, created_at) VALUES (?1, ?2, ?3, 0)", id.ToString(), name, name.ToUpperInvariant());
            connection.Execute(
                """
                INSERT INTO templates (id, person, model_id, dimension, vector, quality, sigma, source, created_at)
                VALUES (?1, (SELECT key FROM people WHERE id = ?1), ?2, ?3, ?4, 0.5, NULL, ?5, 0)
                """,
                id.ToString(), face.Embedding.ModelId, face.Embedding.Dimension, VectorBlob.Write(face.Embedding.Values), face.Source);
            connection.Execute("UPDATE gallery_state SET revision = revision + 1");
            if (i % 5 == 4)
                connection.Execute("DELETE FROM people WHERE id = ?1", id.ToString());
        }
    }
}
