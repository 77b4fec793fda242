using System.Data.Common;
using System.Globalization;

namespace EdgeFace.Server.Storage;

/// <summary>
/// Rids PostgreSQL's files of deleted rows. <c>VACUUM FULL</c> writes the tables and their indexes anew, since <c>VACUUM</c> frees room and
/// overwrites nothing. The write-ahead log still holds the rows as they came and went: after a checkpoint its segments are not needed any
/// more and wait, under later names, to be used again; <c>pg_switch_wal</c> goes through all of them, and fills each with zeros.
/// </summary>
internal sealed class PostgresScrub(TimeProvider time)
{
    /// <summary>Of the advisory lock that one instance at a time scrubs under: "scrubbed" as a number.</summary>
    private const long ScrubLock = 0x7363727562626564;

    /// <summary>Segments of 16 MB that are gone through at most; PostgreSQL keeps some five, and after much writing up to max_wal_size, 64.</summary>
    private const int MostSegments = 1024;

    private const string NotAvailable = "55P03";

    private const string MayClearLog =
        """
        SELECT CASE WHEN has_function_privilege('pg_switch_wal()', 'EXECUTE') AND has_function_privilege('pg_ls_waldir()', 'EXECUTE')
            AND EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = current_user AND (r.rolsuper
                OR 2 = (SELECT COUNT(*) FROM pg_roles c WHERE c.rolname IN ('pg_checkpoint', 'pg_read_all_stats') AND pg_has_role(r.oid, c.oid, 'USAGE')))) THEN 1 ELSE 0 END
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private long _rewritten;

    /// <summary>Whether the write-ahead log stays as it is, since the user may not clear it; as of the last scrubbing.</summary>
    public bool LeavesLog { get; private set; } = true;

    /// <param name="deletions">How many there were in all when the scrubbing became due; 0: it is not.</param>
    /// <returns>False: try again later.</returns>
    public async Task<bool> RunAsync(DbConnection connection, long deletions, CancellationToken cancellation)
    {
        LeavesLog = await NumberAsync(connection, MayClearLog, cancellation) == 0;
        if (deletions == 0)
            return true;
        if (await NumberAsync(connection, $"SELECT CASE WHEN pg_try_advisory_lock({ScrubLock}) THEN 1 ELSE 0 END", cancellation) == 0)
            return false;
        try
        {
            if (_rewritten != deletions)
            {
                if (!await NobodyLooksBackAsync(connection, cancellation))
                    return false;
                await RewriteAsync(connection, cancellation);
                _rewritten = deletions;
            }

            return LeavesLog || await ClearLogAsync(connection, cancellation);
        }
        catch (DbException error) when (error.SqlState == NotAvailable)
        {
            return false;
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({ScrubLock})", CancellationToken.None);
        }
    }

    /// <summary>Who still looks at a moment before a transaction: for them <c>VACUUM FULL</c> would take deleted rows along.</summary>
    private static string LookersBefore(long transaction) => string.Create(CultureInfo.InvariantCulture,
        $"""
        SELECT (SELECT COUNT(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND age(backend_xmin) > age(xid '{transaction}'))
            + (SELECT COUNT(*) FROM pg_prepared_xacts WHERE age(transaction) > age(xid '{transaction}'))
            + (SELECT COUNT(*) FROM pg_replication_slots WHERE age(xmin) > age(xid '{transaction}'))
        """);

    private async Task<bool> NobodyLooksBackAsync(DbConnection connection, CancellationToken cancellation)
    {
        var now = await NumberAsync(connection, "SELECT txid_current() % 4294967296", cancellation);
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < Patience;)
        {
            if (await NumberAsync(connection, LookersBefore(now), cancellation) == 0)
                return true;
            await Task.Delay(Pause, time, cancellation);
        }

        return false;
    }

    // Whoever waits for a table keeps all others waiting behind: not for long.
    private static Task RewriteAsync(DbConnection connection, CancellationToken cancellation)
        => EachAsync(connection, ["SET lock_timeout = '3s'", "VACUUM FULL people", "VACUUM FULL templates", "VACUUM FULL photos", "RESET lock_timeout"], cancellation);

    private static async Task<bool> ClearLogAsync(DbConnection connection, CancellationToken cancellation)
    {
        var last = await CurrentAsync(connection, cancellation);
        await EachAsync(connection, ["SELECT txid_current()", "SELECT pg_switch_wal()", "CHECKPOINT"], cancellation);
        var segments = await TextsAsync(connection, "SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' ORDER BY name", cancellation);
        // A replica or an archive that has not had them yet, or wal_keep_size: later.
        if (string.CompareOrdinal(segments[0], last) <= 0)
            return false;
        for (var i = 0; i < MostSegments; i++)
        {
            if (string.CompareOrdinal(await CurrentAsync(connection, cancellation), segments[^1]) > 0)
                return true;
            // A segment in which nothing stands is not left: a transaction's end is something.
            await EachAsync(connection, ["SELECT txid_current()", "SELECT pg_switch_wal()"], cancellation);
        }

        return false;
    }

    /// <summary>Name of the segment that is written now.</summary>
    private static async Task<string> CurrentAsync(DbConnection connection, CancellationToken cancellation)
        => (await TextsAsync(connection, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())", cancellation))[0];

    private static async Task EachAsync(DbConnection connection, IReadOnlyList<string> statements, CancellationToken cancellation)
    {
        foreach (var statement in statements)
            await ExecuteAsync(connection, statement, cancellation);
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<long> NumberAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture);
    }

    private static async Task<List<string>> TextsAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellation))
            texts.Add(reader.GetString(0));
        return texts;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA2100", Justification = "The statements are constants of this class.")]
    private static DbCommand Command(DbConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        // A large table takes its time.
        command.CommandTimeout = 0;
        return command;
    }
}
