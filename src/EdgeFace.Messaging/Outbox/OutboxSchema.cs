using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>Opens the file: settings, checks, tables.</summary>
internal static class OutboxSchema
{
    private const int Version = 2;
    private const int VersionWithAcknowledgements = 1;

    // The payload comes last, so that a look at the other columns does not read its overflow pages.
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS message(
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            priority INTEGER NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            due INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            topic TEXT NOT NULL,
            order_key TEXT NOT NULL,
            payload BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS message_priority ON message(priority, seq);
        CREATE INDEX IF NOT EXISTS message_due ON message(due);
        """;

    // The first form kept acknowledgements in the file, though every start took them back.
    private const string FromVersion1 = """
        DROP INDEX IF EXISTS message_victim;
        ALTER TABLE message DROP COLUMN acked;
        """;

    /// <exception cref="SqliteException">The file is damaged, or the disk does not take it.</exception>
    public static SqliteConnection Open(string path)
    {
        var connection = Connect(path);
        try
        {
            // auto_vacuum counts only while the file is empty, hence first of all.
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            Execute(connection, "PRAGMA journal_size_limit = 1048576");
            var update = Verify(connection) == VersionWithAcknowledgements ? FromVersion1 : "";
            Execute(connection, $"BEGIN IMMEDIATE; {update} {Tables} PRAGMA user_version = {Version}; COMMIT");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection Connect(string path)
    {
        var builder = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 };
        var connection = new SqliteConnection(builder.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Read to the end on purpose: incremental_vacuum frees one page for each step.
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        do
        {
            while (reader.Read())
            {
            }
        }
        while (reader.NextResult());
    }

    private static long Verify(SqliteConnection connection)
    {
        using var check = connection.CreateCommand();
        check.CommandText = "PRAGMA quick_check(1)";
        if (check.ExecuteScalar() is not "ok")
            throw new SqliteException("quick_check found damage", SqliteCodes.Corrupt);
        check.CommandText = "PRAGMA user_version";
        return check.ExecuteScalar() is long and >= 0 and <= Version and var version
            ? version
            : throw new SqliteException("the file is of another version", SqliteCodes.NotADatabase);
    }
}
