using System.Data.Common;

namespace EdgeFace.Server.Storage;

/// <summary>Groups, devices and thresholds.</summary>
internal sealed partial class GalleryStore
{
    private const string GroupColumns =
        """
        SELECT g.name, g.threshold, g.revision, g.created_at,
            (SELECT COUNT(*) FROM feed f WHERE f.group_name = g.name AND f.removed_at IS NULL),
            (SELECT COUNT(*) FROM devices d WHERE d.group_name = g.name)
        FROM groups g
        """;

    private const string DeviceColumns =
        """
        SELECT d.id, d.group_name, d.revision, d.digest, d.model_id, d.acknowledged_at, d.seen_at, d.created_at, g.revision,
            (SELECT COUNT(*) FROM feed f WHERE f.group_name = d.group_name AND f.revision > d.revision)
        FROM devices d JOIN groups g ON g.name = d.group_name
        """;

    public Task<IReadOnlyList<GroupRecord>> ListGroupsAsync(CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<GroupRecord>>(async session => await session.ListAsync(GroupAt, $"{GroupColumns} ORDER BY g.name"), cancellation);

    public Task<GroupRecord?> FindGroupAsync(string name, CancellationToken cancellation) => ReadAsync(session => GroupAsync(session, name), cancellation);

    public Task<GroupRecord> CreateGroupAsync(string name, float? threshold, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        var revision = await session.NextRevisionAsync();
        if (await GroupAsync(session, name) is not null)
            throw new StoreRefusalException(RefusalKind.Taken, $"There is a group '{name}' already.");
        // A cursor from an earlier group of the same name is too old here.
        await session.ExecuteAsync(
            "INSERT INTO groups (name, threshold, revision, oldest_cursor, created_at) VALUES ($1, $2, $3, $3, $4)", name, threshold, revision, Now());
        await session.MoveAsync(name);
        await NoteAsync(session, actor, "group.create", null, name);
        return (await GroupAsync(session, name))!;
    }, cancellation);

    public Task<GroupRecord?> SetGroupThresholdAsync(string name, float? threshold, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await GroupAsync(session, name) is not { } group || group.Threshold == threshold)
            return await GroupAsync(session, name);
        await session.NextRevisionAsync();
        await session.ExecuteAsync("UPDATE groups SET threshold = $2 WHERE name = $1", name, threshold);
        await session.MoveAsync(name);
        await NoteAsync(session, actor, "group.threshold", null, name);
        return await GroupAsync(session, name);
    }, cancellation);

    public async Task<bool> RemoveGroupAsync(string name, Actor actor, CancellationToken cancellation)
    {
        var removed = await WriteAsync(async session =>
        {
            await session.TakeTurnAsync();
            if (await GroupAsync(session, name) is not { } group)
                return false;
            if (group.People + group.Devices > 0 || name == StoreSchema.DefaultGroup)
                throw new StoreRefusalException(RefusalKind.InUse, $"The group '{name}' is in use ({group.People} people, {group.Devices} devices) or the default one: empty it first.");
            await session.ExecuteAsync("DELETE FROM feed WHERE group_name = $1", name);
            await session.ExecuteAsync("DELETE FROM groups WHERE name = $1", name);
            await NoteAsync(session, actor, "group.remove", null, name);
            return true;
        }, cancellation);
        if (removed)
            _board.Forget(name);
        return removed;
    }

    public Task<float?> GlobalThresholdAsync(CancellationToken cancellation) => ReadAsync(GlobalThresholdAsync, cancellation);

    public Task SetGlobalThresholdAsync(float? threshold, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await GlobalThresholdAsync(session) == threshold)
            return false;
        await session.NextRevisionAsync();
        await session.ExecuteAsync("UPDATE state SET threshold = $1", threshold);
        foreach (var group in await session.ListAsync(row => row.GetString(0), "SELECT name FROM groups WHERE threshold IS NULL ORDER BY name"))
            await session.MoveAsync(group);
        await NoteAsync(session, actor, "threshold.set", null, null);
        return true;
    }, cancellation);

    public Task<IReadOnlyList<DeviceRecord>> ListDevicesAsync(CancellationToken cancellation)
        => ReadAsync<IReadOnlyList<DeviceRecord>>(async session => await session.ListAsync(DeviceAt, $"{DeviceColumns} ORDER BY d.id"), cancellation);

    public Task<DeviceRecord?> FindDeviceAsync(string id, CancellationToken cancellation) => ReadAsync(session => DeviceAsync(session, id), cancellation);

    public Task<DeviceRecord> PutDeviceAsync(string id, string group, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await GroupAsync(session, group) is null)
            throw UnknownGroup(group);
        if (await DeviceAsync(session, id) is { } device && device.Group == group)
            return device;
        // Moved to another group it holds nothing of that one yet.
        await session.ExecuteAsync(
            """
            INSERT INTO devices (id, group_name, revision, created_at) VALUES ($1, $2, 0, $3)
            ON CONFLICT (id) DO UPDATE SET group_name = excluded.group_name, revision = 0, digest = NULL, acknowledged_at = NULL
            """,
            id, group, Now());
        await NoteAsync(session, actor, "device.put", null, $"{id} in {group}");
        return (await DeviceAsync(session, id))!;
    }, cancellation);

    public Task<bool> RemoveDeviceAsync(string id, Actor actor, CancellationToken cancellation) => WriteAsync(async session =>
    {
        await session.TakeTurnAsync();
        if (await session.ExecuteAsync("DELETE FROM devices WHERE id = $1", id) == 0)
            return false;
        await session.ExecuteAsync("UPDATE keys SET revoked_at = $2 WHERE device_id = $1 AND revoked_at IS NULL", id, Now());
        await NoteAsync(session, actor, "device.remove", null, id);
        return true;
    }, cancellation);

    public Task AcknowledgeAsync(string deviceId, long revision, string? digest, string? modelId, DateTimeOffset at, CancellationToken cancellation)
        => WriteAsync(async session =>
        {
            var changed = await session.ExecuteAsync(
                "UPDATE devices SET revision = $2, digest = $3, model_id = $4, acknowledged_at = $5, seen_at = $5 WHERE id = $1",
                deviceId, revision, digest, modelId, at.ToUnixTimeMilliseconds());
            return changed == 1 ? true : throw new StoreRefusalException(RefusalKind.Unknown, $"There is no device '{deviceId}'.");
        }, cancellation);

    public Task SeenAsync(string deviceId, DateTimeOffset at, CancellationToken cancellation) => WriteAsync(
        session => session.ExecuteAsync("UPDATE devices SET seen_at = $2 WHERE id = $1", deviceId, at.ToUnixTimeMilliseconds()), cancellation);

    private static async Task<float?> GlobalThresholdAsync(SqlSession session)
        => (await session.ListAsync(row => row.FloatOrNull(0), "SELECT threshold FROM state"))[0];

    private static Task<GroupRecord?> GroupAsync(SqlSession session, string name) => session.FindAsync(GroupAt, $"{GroupColumns} WHERE g.name = $1", name);

    private static Task<DeviceRecord?> DeviceAsync(SqlSession session, string id) => session.FindAsync(DeviceAt, $"{DeviceColumns} WHERE d.id = $1", id);

    private static GroupRecord GroupAt(DbDataReader row)
        => new(row.GetString(0), row.FloatOrNull(1), row.GetInt64(2), (int)row.GetInt64(4), (int)row.GetInt64(5), row.Time(3));

    private static DeviceRecord DeviceAt(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt64(2), row.TextOrNull(3), row.TextOrNull(4), row.TimeOrNull(5), row.TimeOrNull(6),
        row.GetInt64(8), (int)row.GetInt64(9), row.Time(7));
}
