using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EdgeFace.Messaging;

/// <summary>
/// One prepared statement, without the boxes, commands and readers of ADO.NET: the outbox runs several for each event.
/// Bind all parameters, step to the end, reset. Not thread-safe; lives no longer than its connection.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = new byte[512];

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Rows that the last statement of the connection inserted, updated or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    /// <summary>Parameters count from 1.</summary>
    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(_statement, parameter, value));

    public void Bind(int parameter, long? value)
    {
        if (value is { } number)
            Bind(parameter, number);
        else
            Check(raw.sqlite3_bind_null(_statement, parameter));
    }

    public void Bind(int parameter, string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (_text.Length < most)
            _text = new byte[most];
        // SQLite copies what it is given.
        Check(raw.sqlite3_bind_text(_statement, parameter, _text.AsSpan(0, Encoding.UTF8.GetBytes(value, _text))));
    }

    public void Bind(int parameter, ReadOnlySpan<byte> value) => Check(
        value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, parameter, 0) : raw.sqlite3_bind_blob(_statement, parameter, value));

    /// <summary>True with a row, false at the end.</summary>
    /// <exception cref="SqliteException">It did not work; nothing of this statement has happened.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            Fail(code);
        return false;
    }

    /// <summary>Runs it to its end.</summary>
    public void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>Columns count from 0.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>Ready for the next run; lets go of what it held open.</summary>
    public void Reset() => raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private void Fail(int code)
    {
        try
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
        finally
        {
            Reset();
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            SqliteException.ThrowExceptionForRC(code, _database);
    }
}
