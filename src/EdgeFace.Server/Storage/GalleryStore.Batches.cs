namespace EdgeFace.Server.Storage;

/// <summary>What a board says that it holds.</summary>
/// <param name="Digest">Its state digest, hex.</param>
/// <param name="ModelId">SHA-256 of its embedder, hex.</param>
internal sealed record DeviceAcknowledgement(string DeviceId, long Revision, string Digest, string ModelId, DateTimeOffset At);

/// <summary>A key was used, a device heard of.</summary>
/// <param name="KeyId">Null: the device showed a certificate.</param>
/// <param name="DeviceId">Null: the key is no device's.</param>
internal sealed record KeyUse(string? KeyId, string? DeviceId, DateTimeOffset At);

/// <summary>
/// Many small things in one commit. Rows are changed in one order, devices before keys and each by their ids: instances that change the
/// same ones at once would otherwise hold what the other waits for.
/// </summary>
internal sealed partial class GalleryStore
{
    public Task AcknowledgeAsync(IReadOnlyList<DeviceAcknowledgement> acknowledgements, CancellationToken cancellation) => WriteAsync(async session =>
    {
        foreach (var (device, revision, digest, model, at) in acknowledgements.OrderBy(it => it.DeviceId, StringComparer.Ordinal))
        {
            await session.ExecuteAsync(
                "UPDATE devices SET revision = $2, digest = $3, model_id = $4, acknowledged_at = $5, seen_at = $5 WHERE id = $1",
                device, revision, digest, model, at.ToUnixTimeMilliseconds());
        }

        return true;
    }, cancellation);

    public Task KeysUsedAsync(IReadOnlyList<KeyUse> uses, CancellationToken cancellation) => WriteAsync(async session =>
    {
        foreach (var (_, device, at) in uses.Where(it => it.DeviceId is not null).OrderBy(it => it.DeviceId, StringComparer.Ordinal))
            await session.ExecuteAsync("UPDATE devices SET seen_at = $2 WHERE id = $1", device, at.ToUnixTimeMilliseconds());
        foreach (var (key, _, at) in uses.Where(it => it.KeyId is not null).OrderBy(it => it.KeyId, StringComparer.Ordinal))
            await session.ExecuteAsync("UPDATE keys SET used_at = $2 WHERE id = $1", key, at.ToUnixTimeMilliseconds());
        return true;
    }, cancellation);

    /// <summary>Fills the store for a simulation: people with a template each, all in one commit and without a line in the audit trail each.</summary>
    internal Task SeedAsync(IReadOnlyList<(PersonDraft Draft, TemplateDraft Template)> people, CancellationToken cancellation) => WriteAsync(async session =>
    {
        foreach (var (draft, template) in people)
        {
            var (id, revision, now) = (NewId(), await session.NextRevisionAsync(), Now());
            await session.ExecuteAsync(
                "INSERT INTO people (id, name, name_key, model_id, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                id.ToString(), _seal.SealText(draft.Name, Owners.Name(id)), _seal.IndexOf(draft.Name), template.ModelId, revision, now);
            await InsertAsync(session, id, template);
            await ShowAsync(session, id, draft.Groups, revision);
        }

        return true;
    }, cancellation);

    /// <summary>Devices with their keys for a simulation, in one commit.</summary>
    internal Task SeedAsync(IReadOnlyList<KeyRecord> keys, string group, CancellationToken cancellation) => WriteAsync(async session =>
    {
        foreach (var key in keys)
        {
            await session.ExecuteAsync("INSERT INTO devices (id, group_name, revision, created_at) VALUES ($1, $2, 0, $3)", key.DeviceId!, group, Now());
            await session.ExecuteAsync(
                "INSERT INTO keys (id, role, hash, device_id, label, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                key.Id, key.Role.ToString(), key.Hash, key.DeviceId, key.Label, key.CreatedAt.ToUnixTimeMilliseconds());
        }

        return true;
    }, cancellation);
}
