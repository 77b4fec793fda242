using EdgeFace.Core;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>The tables and how an older file becomes a current one: script n brings schema n to n + 1. Scripts are never changed, only added.</summary>
internal static class GallerySchema
{
    /// <summary>
    /// Times are milliseconds since 1970 UTC, ids are text. scrub_due is 1 from a removal to the end of the scrubbing that it asks for.
    /// A row's key_id is the key that its name or content is sealed with, 0 for none; the state's is the one for new rows. A
    /// template's content is its vector, little-endian 32-bit floats, followed by its source (<see cref="RowSeal"/>).
    /// </summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        """
        CREATE TABLE schema_version (version INTEGER NOT NULL);
        INSERT INTO schema_version VALUES (0);

        CREATE TABLE gallery_state (revision INTEGER NOT NULL, scrub_due INTEGER NOT NULL);
        INSERT INTO gallery_state VALUES (0, 0);

        CREATE TABLE people (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL UNIQUE,
            created_at INTEGER NOT NULL);

        CREATE TABLE templates (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            person INTEGER NOT NULL REFERENCES people (key) ON DELETE CASCADE,
            model_id TEXT NOT NULL,
            dimension INTEGER NOT NULL CHECK (dimension > 0 AND length(vector) = 4 * dimension),
            vector BLOB NOT NULL,
            quality REAL NOT NULL,
            sigma REAL,
            source TEXT NOT NULL,
            created_at INTEGER NOT NULL);

        CREATE INDEX templates_by_person ON templates (person);
        CREATE INDEX templates_by_model ON templates (model_id, person);
        """,
        """
        ALTER TABLE gallery_state ADD COLUMN key_id INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE people ADD COLUMN key_id INTEGER NOT NULL DEFAULT 0;
        UPDATE people SET name = CAST(name AS BLOB), name_key = CAST(name_key AS BLOB);

        CREATE TABLE templates_2 (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            person INTEGER NOT NULL REFERENCES people (key) ON DELETE CASCADE,
            model_id TEXT NOT NULL,
            dimension INTEGER NOT NULL CHECK (dimension > 0),
            key_id INTEGER NOT NULL,
            content BLOB NOT NULL,
            quality REAL NOT NULL,
            sigma REAL,
            created_at INTEGER NOT NULL);
        INSERT INTO templates_2
            SELECT key, id, person, model_id, dimension, 0, CAST(vector || source AS BLOB), quality, sigma, created_at FROM templates;
        DROP TABLE templates;
        ALTER TABLE templates_2 RENAME TO templates;
        UPDATE gallery_state SET scrub_due = 1;

        CREATE INDEX templates_by_person ON templates (person);
        CREATE INDEX templates_by_model ON templates (model_id, person);
        CREATE INDEX templates_by_key ON templates (key_id);
        CREATE INDEX people_by_key ON people (key_id);
        """,
        // What changed since a revision, so that a search can follow without reading everything; and what came from a server.
        """
        ALTER TABLE people ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX people_by_change ON people (changed);
        CREATE TABLE removals (number INTEGER PRIMARY KEY AUTOINCREMENT, person INTEGER NOT NULL);

        CREATE TRIGGER template_comes AFTER INSERT ON templates BEGIN
            UPDATE people SET changed = (SELECT revision + 1 FROM gallery_state) WHERE key = NEW.person;
        END;
        CREATE TRIGGER template_goes AFTER DELETE ON templates BEGIN
            UPDATE people SET changed = (SELECT revision + 1 FROM gallery_state) WHERE key = OLD.person;
        END;
        CREATE TRIGGER person_goes AFTER DELETE ON people BEGIN
            INSERT INTO removals (person) VALUES (OLD.key);
            DELETE FROM removals WHERE number <= (SELECT MAX(number) FROM removals) - 10000;
        END;

        CREATE TABLE sync_state (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            group_name TEXT NOT NULL,
            epoch BLOB NOT NULL,
            cursor INTEGER NOT NULL,
            sums BLOB NOT NULL,
            threshold REAL,
            model_hash TEXT NOT NULL);

        CREATE TABLE synced_people (
            id TEXT PRIMARY KEY,
            seed BLOB NOT NULL,
            held INTEGER NOT NULL,
            threshold REAL,
            seen INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE sync_erased (id TEXT PRIMARY KEY) WITHOUT ROWID;
        """,
        // The id of the snapshot file that was written of this gallery: another one is not taken for its own.
        "ALTER TABLE gallery_state ADD COLUMN snapshot_id TEXT",
        // A person's own threshold stands with the person, wherever they come from.
        """
        ALTER TABLE people ADD COLUMN threshold REAL;
        ALTER TABLE people ADD COLUMN of_server INTEGER NOT NULL DEFAULT 0;
        UPDATE people SET of_server = 1, threshold = (SELECT threshold FROM synced_people s WHERE s.id = people.id)
            WHERE id IN (SELECT id FROM synced_people WHERE held <> 2);
        ALTER TABLE synced_people DROP COLUMN threshold;
        """,
    ];

    /// <summary>The version of a file; 0 of an empty one.</summary>
    /// <exception cref="InputException">The database is something else than a gallery, or newer than this program.</exception>
    public static int VersionOf(SqliteConnection connection, string path, int known)
    {
        if (connection.Number("SELECT COUNT(*) FROM sqlite_master") == 0)
            return 0;
        if (connection.Number("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('schema_version', 'people', 'templates')") != 3)
            throw new InputException($"{path} is not a gallery: it is a SQLite database of something else; give another path.");
        var version = (int)connection.Number("SELECT version FROM schema_version");
        if (version > known)
        {
            throw new InputException(
                $"The gallery {path} was written by a newer EdgeFace (schema {version}, this one knows {known}): update EdgeFace.");
        }

        return version;
    }

    /// <summary>Brings a file to the newest version, all in one transaction; does nothing to one that is.</summary>
    /// <returns>The version that the file had.</returns>
    public static int Migrate(SqliteConnection connection, string path, IReadOnlyList<string> migrations)
    {
        if (VersionOf(connection, path, migrations.Count) is var seen && seen == migrations.Count)
            return seen;

        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have been faster.
        var version = VersionOf(connection, path, migrations.Count);
        for (var next = version; next < migrations.Count; next++)
            connection.Execute(migrations[next]);
        connection.Execute("UPDATE schema_version SET version = ?1", migrations.Count);
        transaction.Commit();
        return version;
    }
}
