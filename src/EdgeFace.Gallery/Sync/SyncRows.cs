using EdgeFace.Core;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery.Sync;

/// <summary>Statements about what came from a server; the caller holds the lock and the transaction.</summary>
internal sealed class SyncRows(SqliteConnection connection, GalleryRows rows, string path)
{
    private const string Addition = " (server)";

    public SyncState? ReadState()
    {
        using var command = connection.Command("SELECT group_name, epoch, cursor, sums, threshold, model_hash FROM sync_state");
        using var reader = command.ExecuteReader();
        if (!reader.Read())
            return null;
        var (epoch, sums) = (reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(3));
        if (epoch.Length != 16 || sums.Length != SetDigest.StateBytes)
            throw GalleryErrors.Damaged(path, "the state of the synchronisation has the wrong length");
        return new SyncState(
            reader.GetString(0), new Guid(epoch, bigEndian: true), reader.GetInt64(2), sums, reader.IsDBNull(4) ? null : reader.GetFloat(4), reader.GetString(5));
    }

    public void WriteState(SyncState state) => connection.Execute(
        "INSERT OR REPLACE INTO sync_state (one, group_name, epoch, cursor, sums, threshold, model_hash) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        state.Group, state.Epoch.ToByteArray(bigEndian: true), state.Cursor, state.Sums, state.Threshold, state.ModelHash);

    public void ForgetState() => connection.Execute("DELETE FROM sync_state");

    public SyncCounts Counts() => new(
        (int)connection.Number("SELECT COUNT(*) FROM synced_people"),
        (int)connection.Number("SELECT COUNT(*) FROM synced_people WHERE held = ?1", (int)Held.AwaitingTemplates),
        (int)connection.Number("SELECT COUNT(*) FROM synced_people WHERE held = ?1", (int)Held.Conflict));

    /// <summary>The digest of the people who are noted, counted anew.</summary>
    public SetDigest Recount()
    {
        var digest = new SetDigest();
        using var command = connection.Command("SELECT seed FROM synced_people");
        using var reader = command.ExecuteReader();
        while (reader.Read())
            digest.Add(reader.GetFieldValue<byte[]>(0));
        return digest;
    }

    /// <exception cref="InputException">The person comes from a server.</exception>
    public void DemandLocal(Guid person)
    {
        if (Find(person) is { Held: not Held.Conflict })
        {
            throw new InputException(
                $"Person {person} comes from the gallery server and cannot be changed here: change or erase them there.");
        }
    }

    /// <summary>The seed of a person's content, and how they are held; null for none.</summary>
    public (byte[] Seed, Held Held)? Find(Guid person)
    {
        using var command = connection.Command("SELECT seed, held FROM synced_people WHERE id = ?1", person.ToString());
        using var reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetFieldValue<byte[]>(0), (Held)reader.GetInt32(1)) : null;
    }

    /// <param name="round">Of the application: who was not seen in a snapshot's is gone.</param>
    public void Note(Guid person, byte[] seed, Held held, long round) => connection.Execute(
        "INSERT OR REPLACE INTO synced_people (id, seed, held, seen) VALUES (?1, ?2, ?3, ?4)", person.ToString(), seed, (int)held, round);

    public void Seen(Guid person, long round) => connection.Execute("UPDATE synced_people SET seen = ?2 WHERE id = ?1", person.ToString(), round);

    public List<(Guid Id, Held Held)> NotSeen(long round)
    {
        using var command = connection.Command("SELECT id, held FROM synced_people WHERE seen <> ?1", round);
        using var reader = command.ExecuteReader();
        var all = new List<(Guid, Held)>();
        while (reader.Read())
            all.Add((rows.GuidAt(reader, 0), (Held)reader.GetInt32(1)));
        return all;
    }

    public long NextRound() => connection.Number("SELECT COALESCE(MAX(seen), 0) + 1 FROM synced_people");

    /// <summary>Removes a person of the server, and notes that traces elsewhere are to be erased.</summary>
    public void Remove(Guid person, Held held)
    {
        connection.Execute("DELETE FROM synced_people WHERE id = ?1", person.ToString());
        if (held == Held.Conflict)
            return;
        rows.Delete(person);
        connection.Execute("INSERT OR IGNORE INTO sync_erased (id) VALUES (?1)", person.ToString());
    }

    public List<Guid> Erased()
    {
        using var command = connection.Command("SELECT id FROM sync_erased");
        using var reader = command.ExecuteReader();
        var all = new List<Guid>();
        while (reader.Read())
            all.Add(rows.GuidAt(reader, 0));
        return all;
    }

    public void ForgetErased(Guid person) => connection.Execute("DELETE FROM sync_erased WHERE id = ?1", person.ToString());

    /// <summary>The name itself, or with an addition where somebody else here has it.</summary>
    public string FreeName(string name, Guid person)
    {
        for (var number = 1; ; number++)
        {
            var addition = number == 1 ? "" : number == 2 ? Addition : $"{Addition} {number - 1}";
            var candidate = Cut(name, PersonName.MaxLength - addition.Length) + addition;
            if (rows.FindByName(candidate) is not { } other || other.Id == person)
                return candidate;
        }
    }

    /// <summary>Gives people their own names back whose names have become free.</summary>
    /// <returns>How many.</returns>
    public int RestoreNames()
    {
        var renamed = new List<Guid>();
        using (var command = connection.Command("SELECT id FROM synced_people WHERE held = ?1", (int)Held.Renamed))
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
                renamed.Add(rows.GuidAt(reader, 0));
        }

        var restored = 0;
        foreach (var id in renamed)
        {
            if (rows.FindById(id) is not { } person || person.Name.LastIndexOf(Addition, StringComparison.Ordinal) is var at && at < 1)
                continue;
            var own = person.Name[..at];
            if (rows.FindByName(own) is not null)
                continue;
            rows.Rename(id, own);
            connection.Execute("UPDATE synced_people SET held = ?2 WHERE id = ?1", id.ToString(), (int)Held.Whole);
            restored++;
        }

        return restored;
    }

    private static string Cut(string name, int most)
        => name.Length <= most ? name : name[..(char.IsHighSurrogate(name[most - 1]) ? most - 1 : most)];
}
