using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace EdgeFace.Messaging;

/// <summary>Opens the file of the outbox and moves a damaged one aside, so that no damage keeps the program from starting.</summary>
internal static class OutboxFile
{
    private const int MostMovedAside = 3;

    public static OutboxDatabase Open(string path, TimeProvider time, ILogger logger)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        try
        {
            KeepFromOthers(path);
            return OutboxDatabase.Open(path);
        }
        catch (SqliteException e) when (SqliteCodes.IsDamage(e))
        {
            MoveAside(path, time, logger, e.Message);
            KeepFromOthers(path);
            return OutboxDatabase.Open(path);
        }
    }

    /// <summary>Events carry names. SQLite gives its write-ahead log the mode of the file, so it must be right before it opens it.</summary>
    private static void KeepFromOthers(string path)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!File.Exists(path))
            new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = ownerOnly }).Dispose();
        else if ((File.GetUnixFileMode(path) & ~ownerOnly) != 0)
            File.SetUnixFileMode(path, ownerOnly);
    }

    public static void MoveAside(string path, TimeProvider time, ILogger logger, string reason)
    {
        var stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture);
        var aside = $"{path}.corrupt-{stamp}";
        foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            if (File.Exists(path + suffix))
                File.Move(path + suffix, aside + suffix, overwrite: true);
        }

        Log.OutboxMovedAside(logger, path, reason, aside);
        Prune(path);
    }

    /// <summary>Removes all that was moved aside: it holds what the outbox held.</summary>
    public static void RemoveAside(string path)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path) + ".corrupt-*"))
            File.Delete(file);
    }

    // What is kept for a look must not fill the disk either.
    private static void Prune(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var aside = Directory.GetFiles(folder, Path.GetFileName(path) + ".corrupt-*")
            .Where(file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var file in aside.SkipLast(MostMovedAside))
        {
            foreach (var suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
                File.Delete(file + suffix);
        }
    }
}
