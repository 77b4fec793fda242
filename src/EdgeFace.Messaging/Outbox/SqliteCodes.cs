using Microsoft.Data.Sqlite;

namespace EdgeFace.Messaging;

/// <summary>Result codes of SQLite that are told apart.</summary>
internal static class SqliteCodes
{
    public const int Busy = 5;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int NotADatabase = 26;

    public static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is Corrupt or NotADatabase;
}
