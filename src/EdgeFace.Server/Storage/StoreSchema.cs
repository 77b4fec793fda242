using EdgeFace.Core;

namespace EdgeFace.Server.Storage;

/// <summary>
/// The tables, and how an older database becomes a current one: script n brings schema n to n + 1. Scripts are never changed,
/// only added. Words in braces are the dialect's.
/// </summary>
internal static class StoreSchema
{
    /// <summary>
    /// Ids are text, times milliseconds since 1970 UTC. <c>state</c> counts the deletions there were, and how many of them are scrubbed. <c>feed</c> holds the last change per group and person: a person who
    /// is in the group, or, with removed_at, one who was. Its rows outlive the person. <c>audit</c> can only be added to.
    /// </summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE state (
            one BIGINT PRIMARY KEY CHECK (one = 1),
            epoch TEXT NOT NULL,
            revision BIGINT NOT NULL,
            threshold REAL,
            deletions BIGINT NOT NULL,
            scrubbed BIGINT NOT NULL,
            seal_key BIGINT NOT NULL);

        CREATE TABLE groups (
            name TEXT PRIMARY KEY,
            threshold REAL,
            revision BIGINT NOT NULL,
            oldest_cursor BIGINT NOT NULL,
            created_at BIGINT NOT NULL);

        CREATE TABLE people (
            id TEXT PRIMARY KEY,
            name {blob} NOT NULL,
            name_key TEXT NOT NULL UNIQUE,
            threshold REAL,
            consent {blob},
            expires_at BIGINT,
            model_id TEXT,
            version BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL);
        CREATE INDEX people_by_expiry ON people (expires_at);

        CREATE TABLE feed (
            group_name TEXT NOT NULL REFERENCES groups (name),
            person_id TEXT NOT NULL,
            revision BIGINT NOT NULL,
            removed_at BIGINT,
            PRIMARY KEY (group_name, person_id));
        CREATE UNIQUE INDEX feed_by_revision ON feed (group_name, revision);
        CREATE INDEX feed_by_person ON feed (person_id);
        CREATE INDEX feed_by_removal ON feed (removed_at);

        CREATE TABLE templates (
            id TEXT PRIMARY KEY,
            person_id TEXT NOT NULL REFERENCES people (id),
            model_id TEXT NOT NULL,
            dimension BIGINT NOT NULL,
            vector {blob} NOT NULL,
            quality REAL NOT NULL,
            created_at BIGINT NOT NULL);
        CREATE INDEX templates_by_person ON templates (person_id);

        CREATE TABLE photos (
            template_id TEXT PRIMARY KEY REFERENCES templates (id),
            person_id TEXT NOT NULL,
            picture {blob} NOT NULL);
        CREATE INDEX photos_by_person ON photos (person_id);

        CREATE TABLE erasures (
            person_id TEXT PRIMARY KEY,
            revision BIGINT NOT NULL,
            at BIGINT NOT NULL,
            groups TEXT NOT NULL);

        CREATE TABLE devices (
            id TEXT PRIMARY KEY,
            group_name TEXT NOT NULL REFERENCES groups (name),
            revision BIGINT NOT NULL,
            digest TEXT,
            model_id TEXT,
            acknowledged_at BIGINT,
            seen_at BIGINT,
            created_at BIGINT NOT NULL);
        CREATE INDEX devices_by_group ON devices (group_name);

        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            role TEXT NOT NULL,
            hash {blob} NOT NULL,
            device_id TEXT,
            label TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            revoked_at BIGINT,
            used_at BIGINT);

        CREATE TABLE audit (
            number {counter},
            at BIGINT NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            person_id TEXT,
            detail TEXT);
        CREATE INDEX audit_by_person ON audit (person_id, number);
        {append_only}
        """,
        "{unsampled}",
    ];

    /// <summary>Group of people and devices that name none.</summary>
    public const string DefaultGroup = "default";

    public static InputException Newer(string store, long version) => new(
        $"The store {store} was written by a newer edgeface-server (schema {version}, this one knows {Migrations.Count}): update edgeface-server.");
}
