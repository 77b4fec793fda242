using EdgeFace.Core;

namespace EdgeFace.Vision.Pictures;

/// <summary>Writes a file aside in the same folder, flushes it, renames it, and flushes the folder.</summary>
internal static class AtomicFile
{
    /// <exception cref="InputException">The file cannot be written; what stood there before still does.</exception>
    internal static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string? aside = null;
        try
        {
            var target = Path.GetFullPath(path);
            var folder = Path.GetDirectoryName(target) ?? throw new IOException("the root folder is not a file");
            aside = Path.Combine(folder, $".{Path.GetRandomFileName()}.part");
            using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, target, overwrite: true);
            aside = null;
            FolderSync.Flush(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(Describe(path, e), e);
        }
        finally
        {
            if (aside is not null)
                RemoveQuietly(aside);
        }
    }

    private static string Describe(string path, Exception e)
    {
        var name = PictureReader.Printable(path);
        return e switch
        {
            _ when path.Length == 0 => "the path to write a picture to is empty: name a file",
            _ when Directory.Exists(path) => $"{name} is a folder and cannot be written as a picture: name a file in it",
            DirectoryNotFoundException => $"{name} cannot be written, its folder does not exist: make it first",
            UnauthorizedAccessException => $"{name} may not be written by this user: change the folder's permissions (chmod, chown)",
            _ => $"{name} cannot be written ({e.Message.ReplaceLineEndings(" ")}): check the path and the free space",
        };
    }

    /// <summary>The failure that led here is the one to tell; a file left aside is hidden and does no harm.</summary>
    private static void RemoveQuietly(string aside)
    {
        try
        {
            File.Delete(aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
