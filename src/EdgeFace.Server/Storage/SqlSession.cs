using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace EdgeFace.Server.Storage;

/// <summary>Statements within one transaction, with positional parameters: $1, $2 ... Integers go in as <c>long</c>.</summary>
internal sealed class SqlSession(DbConnection connection, DbTransaction transaction, SqlDialect dialect, RowSeal seal, CancellationToken cancellation)
{
    private readonly List<RevisionMoved> _moves = [];
    private long _revision;

    public SqlDialect Dialect { get; } = dialect;

    public RowSeal Seal { get; } = seal;

    /// <summary>What waiting boards are told after the commit.</summary>
    public IReadOnlyList<RevisionMoved> Moves => _moves;

    /// <summary>
    /// The next revision. The counter's row stays locked until the commit, so that all changes of what boards hold follow each
    /// other, and a rollback leaves no gap.
    /// </summary>
    public async Task<long> NextRevisionAsync()
        => _revision = await NumberAsync("UPDATE state SET revision = revision + 1 RETURNING revision");

    /// <summary>Takes the changes' turn without a change: what is looked at from here on stays as it is until the commit.</summary>
    public Task TakeTurnAsync() => ExecuteAsync("UPDATE state SET revision = revision");

    /// <summary>Says that a group has changed with the revision taken last.</summary>
    public async Task MoveAsync(string group)
    {
        await ExecuteAsync("UPDATE groups SET revision = $2 WHERE name = $1", group, _revision);
        _moves.Add(new RevisionMoved(group, _revision));
    }

    /// <summary>Returns the number of rows changed.</summary>
    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The first column of the first row; 0 when there is none or it is null.</summary>
    public async Task<long> NumberAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync(cancellation) is { } value and not DBNull
            ? Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }

    public async Task<List<T>> ListAsync<T>(Func<DbDataReader, T> read, string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var list = new List<T>();
        while (await reader.ReadAsync(cancellation))
            list.Add(read(reader));
        return list;
    }

    public async Task<T?> FindAsync<T>(Func<DbDataReader, T> read, string sql, params object?[] values)
        where T : class
        => (await ListAsync(read, sql, values)).FirstOrDefault();

    [SuppressMessage("Security", "CA2100", Justification = "The statements are constants of this project; values go in as parameters.")]
    private DbCommand Command(string sql, object?[] values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            var parameter = command.CreateParameter();
            Dialect.Place(parameter, i + 1);
            parameter.Value = values[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>Columns as the store writes them: ids are text, times milliseconds since 1970 UTC.</summary>
internal static class Columns
{
    public static Guid Id(this DbDataReader reader, int column) => Guid.Parse(reader.GetString(column));

    public static DateTimeOffset Time(this DbDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);

    public static string? TextOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static float? FloatOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFloat(column);

    public static byte[]? BytesOrNull(this DbDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<byte[]>(column);
}
