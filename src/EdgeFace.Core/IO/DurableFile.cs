namespace EdgeFace.Core.IO;

/// <summary>
/// Files that survive a power cut: written aside in the same folder, flushed, renamed, and the folder flushed. Whenever
/// the power goes, the file is what it was before or what it became, whole.
/// </summary>
public static class DurableFile
{
    /// <summary>Readable and writable by the owner alone.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Readable by everybody, as far as the process' umask allows.</summary>
    public const UnixFileMode ForEverybody = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="write">Writes the content; what it throws leaves the file as it was.</param>
    /// <param name="mode">Permissions of the new file.</param>
    /// <exception cref="IOException">It cannot be written; what stood there before still does.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write, UnixFileMode mode = ForEverybody)
    {
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new IOException("The root folder is not a file.");
        // A name of its own each time: a file left behind by another hand would keep the permissions it was made with.
        var aside = Path.Combine(folder, $".{Path.GetRandomFileName()}.part");
        try
        {
            using (var file = new FileStream(aside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = mode }))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, target, overwrite: true);
        }
        catch
        {
            RemoveQuietly(aside);
            throw;
        }

        FolderSync.Flush(folder);
    }

    /// <summary>The failure that led here is the one to tell; a file left aside is hidden and does no harm.</summary>
    private static void RemoveQuietly(string aside)
    {
        try
        {
            File.Delete(aside);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }
}
