using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>Keys and the audit trail.</summary>
internal sealed partial class GalleryStore
{
    private const string KeyColumns = "SELECT id, role, hash, device_id, label, created_at, revoked_at, used_at FROM keys";
    private const string AuditColumns = "SELECT number, at, actor, action, person_id, detail FROM audit";

    public Task AddKeyAsync(KeyRecord key, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (key.DeviceId is { } device && await DeviceAsync(session, device) is null)
            throw new StoreRefusalException(RefusalKind.Unknown, $"There is no device '{device}': make it first.");
        await session.ExecuteAsync(
            "INSERT INTO keys (id, role, hash, device_id, label, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            key.Id, key.Role.ToString(), key.Hash, key.DeviceId, key.Label, key.CreatedAt.ToUnixTimeMilliseconds());
        await NoteAsync(session, actor, "key.create", null, key.Id);
        return true;
    }, cancellation);

    public Task<KeyRecord?> FindKeyAsync(string id, CancellationToken cancellation)
        => ReadAsync(session => session.FindAsync(KeyAt, $"{KeyColumns} WHERE id = $1", id), cancellation);

    public Task<IReadOnlyList<KeyRecord>> ListKeysAsync(CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<KeyRecord>>(async session => await session.ListAsync(KeyAt, $"{KeyColumns} ORDER BY created_at, id"), cancellation);

    public Task<bool> RevokeKeyAsync(string id, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", id, Now()) == 0)
            return false;
        await NoteAsync(session, actor, "key.revoke", null, id);
        return true;
    }, cancellation);

    public Task KeyUsedAsync(string id, DateTimeOffset at, CancellationToken cancellation)
        => WriteAsync(session => session.ExecuteAsync("UPDATE keys SET used_at = $2 WHERE id = $1", id, at.ToUnixTimeMilliseconds()), cancellation);

    public Task<IReadOnlyList<AuditEntry>> ReadAuditAsync(long? before, Guid? personId, int limit, CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<AuditEntry>>(async session => personId is { } person
            ? await session.ListAsync(
                AuditAt, $"{AuditColumns} WHERE number < $1 AND person_id = $3 ORDER BY number DESC LIMIT $2", before ?? long.MaxValue, (long)limit, person.ToString())
            : await session.ListAsync(AuditAt, $"{AuditColumns} WHERE number < $1 ORDER BY number DESC LIMIT $2", before ?? long.MaxValue, (long)limit), cancellation);

    public Task AuditAsync(Actor actor, string action, Guid? personId, string? detail, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await NoteAsync(session, actor, action, personId, detail);
        return true;
    }, cancellation);

    /// <summary>In the transaction of what it speaks of: neither is there without the other.</summary>
    private Task NoteAsync(SqlSession session, Actor actor, string action, Guid? person, string? detail) => session.ExecuteAsync(
        "INSERT INTO audit (at, actor, action, person_id, detail) VALUES ($1, $2, $3, $4, $5)", Now(), actor.Id, action, person?.ToString(), detail);

    private static KeyRecord KeyAt(DbDataReader row) => new(
        row.GetString(0), Enum.Parse<Role>(row.GetString(1)), row.GetFieldValue<byte[]>(2), row.TextOrNull(3), row.GetString(4), row.Time(5), row.TimeOrNull(6), row.TimeOrNull(7));

    private static AuditEntry AuditAt(DbDataReader row)
        => new(row.GetInt64(0), row.Time(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.Id(4), row.TextOrNull(5));
}
