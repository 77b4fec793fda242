using EdgeFace.Core;

namespace EdgeFace.Vision.Pictures;

/// <summary>Reads a whole picture file, never more of it than <see cref="PictureReader.MaxFileBytes"/>.</summary>
internal static class PictureFile
{
    /// <exception cref="InputException">The file cannot be read or is too large.</exception>
    internal static ReadOnlySpan<byte> Read(string path)
    {
        var name = PictureReader.Printable(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return ReadBounded(file, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(Describe(path, name, e), e);
        }
    }

    /// <summary>The length that the system names is only a hint: files of /proc have none, and a pipe has no end in sight.</summary>
    private static ReadOnlySpan<byte> ReadBounded(FileStream file, string name)
    {
        var length = file.CanSeek ? file.Length : 0;
        if (length > PictureReader.MaxFileBytes)
            throw PictureReader.TooManyBytes(name, length);
        var bytes = new byte[Math.Max(length + 1, 64 << 10)];
        var filled = 0;
        while (true)
        {
            var read = file.Read(bytes, filled, bytes.Length - filled);
            if (read == 0)
                return bytes.AsSpan(0, filled);
            filled += read;
            if (filled > PictureReader.MaxFileBytes)
                throw PictureReader.TooManyBytes(name, filled);
            if (filled == bytes.Length)
                Array.Resize(ref bytes, Math.Min(bytes.Length * 2, PictureReader.MaxFileBytes + 1));
        }
    }

    private static string Describe(string path, string name, Exception e) => e switch
    {
        _ when path.Length == 0 => "a picture's path is empty: name a JPEG or PNG file",
        _ when Directory.Exists(path) => $"{name} is a folder, not a picture: name a file in it",
        FileNotFoundException or DirectoryNotFoundException => $"{name} does not exist: check the path",
        UnauthorizedAccessException => $"{name} may not be read by this user: change its permissions (chmod, chown)",
        _ => $"{name} cannot be read ({e.Message.ReplaceLineEndings(" ")}): check the path and the disk",
    };
}
