using System.Globalization;
using System.Text;
using EdgeFace.Core.IO;

namespace EdgeFace.Core.Security;

/// <summary>
/// Keys as a text file, oldest first: a first line <c>edgeface-keys 1</c>, then per key <c>key ID TIME BASE64</c>; empty lines and
/// lines that begin with # are passed over. It must be readable by its owner alone.
/// </summary>
internal static class KeyFile
{
    public const int MaxKeys = 256;

    private const string FirstLine = "edgeface-keys 1";
    private const string Advice = "# Whoever has this file can read what its keys protect. Keep it apart from the data and from backups of the data.";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int MaxBytes = 64 << 10;
    private const UnixFileMode OfGroup = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <param name="maker">The command that makes one, for the message when it is not there; null when there must have been one.</param>
    /// <exception cref="InputException">It is not there, is open to others, or is no key file.</exception>
    public static SecretKey[] Read(string path, string? maker = null)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Check(path, File.GetUnixFileMode(file.SafeFileHandle));
            if (file.Length > MaxBytes)
                throw Malformed(path, $"it has {file.Length} bytes, a key file has at most {MaxBytes}");
            using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return Parse(path, reader.ReadToEnd());
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: the key file is not there: put it back{(maker is null ? "" : $", or make one with '{maker}' if nothing has been encrypted yet")}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new InputException($"{path}: the key file cannot be read: check its path and who owns it.", error);
        }
    }

    /// <exception cref="IOException">It cannot be written; what stood there before still does.</exception>
    public static void Write(string path, IReadOnlyList<SecretKey> keys)
    {
        var text = new StringBuilder().Append(FirstLine).Append('\n').Append(Advice).Append('\n');
        foreach (var key in keys)
            text.Append(CultureInfo.InvariantCulture, $"key {key.Info.Name} {key.Info.CreatedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)} {key.ToBase64()}\n");
        DurableFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())), DurableFile.OwnerOnly);
    }

    private static void Check(string path, UnixFileMode mode)
    {
        // systemd hands a credential to the service's user by an access list, whose mask stands where the group's rights do.
        var forbidden = IsCredential(path) ? OfOthers : OfGroup | OfOthers;
        if ((mode & forbidden) != 0)
        {
            throw new InputException(
                $"{path}: the key file is open to other users (mode {Convert.ToString((int)mode, 8)}): run chmod 600 on it, and rotate the key if somebody may have copied it.");
        }
    }

    private static bool IsCredential(string path)
        => Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder
            && Path.GetDirectoryName(Path.GetFullPath(path)) == Path.GetFullPath(folder).TrimEnd('/');

    private static SecretKey[] Parse(string path, string text)
    {
        var lines = text.Split('\n');
        if (lines[0].TrimEnd('\r') != FirstLine)
            throw Malformed(path, $"its first line is not '{FirstLine}'");
        var keys = new List<SecretKey>();
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Trim() is { Length: > 0 } line && line[0] != '#')
                keys.Add(ParseKey(path, i + 1, line));
        }

        if (keys.Count is 0 or > MaxKeys)
            throw Malformed(path, $"it has {keys.Count} keys, 1 to {MaxKeys} are allowed");
        if (keys.DistinctBy(key => key.Info.Id).Count() != keys.Count)
            throw Malformed(path, "a key stands in it twice");
        return [.. keys];
    }

    private static SecretKey ParseKey(string path, int line, string text)
    {
        var bytes = new byte[SecretKey.Bytes];
        if (text.Split(' ') is not ["key", var id, var time, var key]
            || !DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var createdAt)
            || !Convert.TryFromBase64String(key, bytes, out var length) || length != SecretKey.Bytes)
        {
            throw Malformed(path, $"line {line} is not 'key ID TIME BASE64' with a key of {SecretKey.Bytes} bytes");
        }

        var secret = new SecretKey(bytes, createdAt);
        return secret.Info.Name == id && secret.Info.Id != 0 ? secret : throw Malformed(path, $"the key of line {line} is not the one of its id");
    }

    private static InputException Malformed(string path, string what)
        => new($"{path} is not a usable key file: {what}; put back a copy of it.");
}
