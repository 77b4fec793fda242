using System.Data;
using System.Data.Common;
using System.Globalization;
using EdgeFace.Core;
using Npgsql;

namespace EdgeFace.Server.Storage;

/// <summary>The store in PostgreSQL, for any number of instances of the server.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    private const string Channel = "edgeface_gallery";

    /// <summary>Of the advisory lock under which the schema is brought up: "edgeface" as a number.</summary>
    private const long SchemaLock = 0x6564676566616365;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PostgresScrub _scrub;
    private readonly CancellationTokenSource _stop = new();
    private Task _listening = Task.CompletedTask;

    /// <param name="connectionString">Without a password.</param>
    /// <param name="password">Null where none is needed.</param>
    public PostgresDialect(string connectionString, string? password, TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Password = password,
            // What a server says may quote what was stored; it does not belong into a log.
            IncludeErrorDetail = false,
            KeepAlive = 15,
        };
        Name = $"postgresql://{settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}/{settings.Database}";
        _source = NpgsqlDataSource.Create(settings);
        _scrub = new PostgresScrub(time);
    }

    public override string Name { get; }

    public override bool OneWriter => false;

    public override IReadOnlyDictionary<string, string> Words { get; } = new Dictionary<string, string>
    {
        ["blob"] = "BYTEA",
        ["counter"] = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        ["append_only"] = """
            CREATE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'the audit trail can only be added to'; END $$;
            CREATE TRIGGER audit_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
            FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added();
            """,
        // ANALYZE keeps samples of what stands in a column, also of rows that are gone by then.
        ["unsampled"] = """
            ALTER TABLE people ALTER COLUMN name SET STATISTICS 0, ALTER COLUMN name_key SET STATISTICS 0, ALTER COLUMN consent SET STATISTICS 0;
            ALTER TABLE templates ALTER COLUMN vector SET STATISTICS 0;
            ALTER TABLE photos ALTER COLUMN picture SET STATISTICS 0;
            """,
    };

    public override async Task<DbConnection> OpenAsync(CancellationToken cancellation) => await _source.OpenConnectionAsync(cancellation);

    public override async Task<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken cancellation)
        => await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);

    // Read committed: who waited for the counter's row then sees what the one before has done.
    public override async Task<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellation)
        => await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);

    public override Task LockSchemaAsync(SqlSession session) => session.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", SchemaLock);

    public override async Task<bool> HasSchemaAsync(SqlSession session)
        => await session.NumberAsync("SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'") > 0;

    public override void Place(DbParameter parameter, int number)
    {
        // Positional: Npgsql passes $1, $2 ... on as they stand where parameters have no names.
    }

    public override Task NotifyAsync(SqlSession session, RevisionMoved move)
        => session.ExecuteAsync("SELECT pg_notify($1, $2)", Channel, string.Create(CultureInfo.InvariantCulture, $"{move.Revision} {move.Group}"));

    public override Task ListenAsync(Action<RevisionMoved> moved, Func<Task> missed, CancellationToken cancellation)
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _listening = Task.Run(() => ListenAlwaysAsync(moved, missed, listens), CancellationToken.None);
        return listens.Task.WaitAsync(cancellation);
    }

    public override Task<bool> ScrubAsync(DbConnection connection, long deletions, CancellationToken cancellation) => _scrub.RunAsync(connection, deletions, cancellation);

    public override bool LeavesTraces => _scrub.LeavesLog;

    /// <summary>Whether a failure may pass by itself: nobody listens there, or not yet.</summary>
    public static bool IsAway(Exception? error) => error switch
    {
        // Class 08: connection; 57P01 to 57P03: it ends or begins; 53300: too many are there.
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal) || state is "57P01" or "57P02" or "57P03" or "53300",
        NpgsqlException { InnerException: IOException or System.Net.Sockets.SocketException or TimeoutException } => true,
        _ => false,
    };

    public override InputException Translate(DbException error) => new(
        error is PostgresException { SqlState: var state }
            ? $"The store {Name} cannot be used: PostgreSQL reports {state}; see its log."
            : $"The store {Name} cannot be reached: check that PostgreSQL runs there and takes this user.",
        error);

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ListenAlwaysAsync(Action<RevisionMoved> moved, Func<Task> missed, TaskCompletionSource listens)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(moved, missed, listens);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception error) when (error is DbException or IOException or TimeoutException or InvalidOperationException or InputException)
            {
                Log.ListeningBroke(_logger, Name, error.GetType().Name);
                await Task.Delay(Pause, _time, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task ListenOnceAsync(Action<RevisionMoved> moved, Func<Task> missed, TaskCompletionSource listens)
    {
        await using var connection = await _source.OpenConnectionAsync(_stop.Token);
        connection.Notification += (_, said) =>
        {
            if (said.Payload.Split(' ', 2) is [var revision, var group] && long.TryParse(revision, CultureInfo.InvariantCulture, out var number))
                moved(new RevisionMoved(group, number));
        };
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "LISTEN " + Channel;
            await command.ExecuteNonQueryAsync(_stop.Token);
        }

        // Listening first, looking second: nothing falls between.
        await missed();
        listens.TrySetResult();
        while (true)
            await connection.WaitAsync(_stop.Token);
    }
}
