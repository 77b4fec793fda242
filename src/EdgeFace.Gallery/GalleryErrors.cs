using EdgeFace.Core;
using Microsoft.Data.Sqlite;

namespace EdgeFace.Gallery;

/// <summary>SQLite's errors as one clear line. SQLite's own texts stay out of it: they may hold what was stored.</summary>
internal static class GalleryErrors
{
    // https://www.sqlite.org/rescode.html
    private const int Permission = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static InputException Translate(SqliteException error, string path) => new(
        error.SqliteErrorCode switch
        {
            NotADatabase => $"{path} is not a gallery: the file is not a SQLite database; give another path.",
            Corrupt => $"The gallery {path} is damaged: put back a copy of it, or move it away and enrol anew.",
            Permission or ReadOnly or CannotOpen => CannotWrite(path),
            Full => $"The gallery {path} cannot be written: the disk is full; make space and try again.",
            Busy or Locked => $"The gallery {path} is in use by another process for too long: try again.",
            _ => $"The gallery {path} cannot be used: SQLite reports error {error.SqliteExtendedErrorCode}; check the disk.",
        },
        error);

    /// <summary>Whether the same statement may succeed later: another process is in the way, or the disk is full.</summary>
    public static bool MayPass(SqliteException error) => error.SqliteErrorCode is Busy or Locked or Full;

    public static string CannotWrite(string path)
        => $"The gallery {path} cannot be opened for writing: check the path and the permissions of the file and its folder.";

    public static InputException NoKeys(string path)
        => new($"The gallery {path} is encrypted and no key was given: name the key file (gallery.key_file) that it was encrypted with.");

    public static InputException Damaged(string path, string what)
        => new($"The gallery {path} is damaged ({what}): put back a copy of it, or move it away and enrol anew.");
}
