namespace EdgeFace.Server.Storage;

/// <summary>Seals everything anew when the key file has a new active key, or there is one for the first time.</summary>
internal static class Resealing
{
    private const int Batch = 256;

    /// <summary>Within one transaction: afterwards everything is sealed with the active key, or nothing has changed.</summary>
    /// <returns>How many rows were sealed anew.</returns>
    public static async Task<int> RunAsync(SqlSession session)
    {
        await session.TakeTurnAsync();
        if ((uint)await session.NumberAsync("SELECT seal_key FROM state") == session.Seal.KeyId)
            return 0;
        var count = await PeopleAsync(session);
        count += await RowsAsync(session, "templates", "id", "vector", Owners.Vector);
        count += await RowsAsync(session, "photos", "template_id", "picture", Owners.Photo);
        await session.ExecuteAsync("UPDATE state SET seal_key = $1, deletions = deletions + 1", (long)session.Seal.KeyId);
        return count;
    }

    private static async Task<int> PeopleAsync(SqlSession session)
    {
        var count = 0;
        for (var last = ""; ;)
        {
            var rows = await session.ListAsync(
                row => (Id: row.Id(0), Name: row.GetFieldValue<byte[]>(1), Consent: row.BytesOrNull(2)),
                "SELECT id, name, consent FROM people WHERE id > $1 ORDER BY id LIMIT $2", last, (long)Batch);
            foreach (var (id, name, consent) in rows)
            {
                var text = session.Seal.OpenText(name, Owners.Name(id));
                await session.ExecuteAsync(
                    "UPDATE people SET name = $2, name_key = $3, consent = $4 WHERE id = $1",
                    id.ToString(), session.Seal.SealText(text, Owners.Name(id)), session.Seal.IndexOf(text),
                    consent is null ? null : session.Seal.Seal(session.Seal.Open(consent, Owners.Consent(id)), Owners.Consent(id)));
            }

            count += rows.Count;
            if (rows.Count < Batch)
                return count;
            last = rows[^1].Id.ToString();
        }
    }

    private static async Task<int> RowsAsync(SqlSession session, string table, string key, string column, Func<Guid, string> owner)
    {
        var count = 0;
        for (var last = ""; ;)
        {
            var rows = await session.ListAsync(
                row => (Id: row.Id(0), Bytes: row.GetFieldValue<byte[]>(1)), $"SELECT {key}, {column} FROM {table} WHERE {key} > $1 ORDER BY {key} LIMIT $2", last, (long)Batch);
            foreach (var (id, bytes) in rows)
                await session.ExecuteAsync($"UPDATE {table} SET {column} = $2 WHERE {key} = $1", id.ToString(), session.Seal.Seal(session.Seal.Open(bytes, owner(id)), owner(id)));
            count += rows.Count;
            if (rows.Count < Batch)
                return count;
            last = rows[^1].Id.ToString();
        }
    }
}
