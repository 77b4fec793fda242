using EdgeFace.Core;

namespace EdgeFace.Server.Configuration;

/// <summary>Files that the configuration names.</summary>
internal static class ServerPaths
{
    private const int MaxSecretBytes = 4096;

    /// <summary>Relative paths are meant from the configuration's folder.</summary>
    public static ServerOptions Resolve(ServerOptions options, string folder) => options with
    {
        DataFolder = At(folder, options.DataFolder)!,
        Tls = options.Tls with
        {
            CertificateFile = At(folder, options.Tls.CertificateFile), KeyFile = At(folder, options.Tls.KeyFile), ClientCaFile = At(folder, options.Tls.ClientCaFile),
        },
        Models = options.Models with { Folder = At(folder, options.Models.Folder)! },
        Store = options.Store with { PostgresPasswordFile = At(folder, options.Store.PostgresPasswordFile), KeyFile = At(folder, options.Store.KeyFile) },
        Nudge = options.Nudge with
        {
            UsernameFile = At(folder, options.Nudge.UsernameFile), PasswordFile = At(folder, options.Nudge.PasswordFile),
            CaFile = At(folder, options.Nudge.CaFile), CertificateFile = At(folder, options.Nudge.CertificateFile), KeyFile = At(folder, options.Nudge.KeyFile),
        },
    };

    public static string Store(ServerOptions options) => Path.Combine(options.DataFolder, "server.db");

    /// <summary>The first line of a file that holds a secret.</summary>
    /// <exception cref="InputException">It cannot be read; the message does not repeat what it holds.</exception>
    public static string ReadSecret(string file, string setting)
    {
        try
        {
            if (new FileInfo(file).Length > MaxSecretBytes)
                throw new InputException($"{setting}: {file} is larger than {MaxSecretBytes} bytes; one line is expected.");
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw new InputException($"{setting}: {file} is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{setting}: {file} cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }

    private static string? At(string folder, string? path)
        => path is null ? null : Path.GetFullPath(path, folder);
}
