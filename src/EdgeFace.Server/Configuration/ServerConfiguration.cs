using System.Text;
using EdgeFace.Core;

namespace EdgeFace.Server.Configuration;

/// <summary>Where options come from: a file, and the data folder of the command line.</summary>
internal static class ServerConfiguration
{
    /// <summary>A configuration is settings, not data: more than this is a mistake.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <param name="file">Null: EDGEFACE_SERVER_CONFIG, else the one in /etc if it exists, else defaults.</param>
    /// <param name="dataFolder">Instead of the file's; null: the file's.</param>
    /// <exception cref="InputException">The file or a setting cannot be used; every error has its line.</exception>
    public static ServerOptions Load(string? file, string? dataFolder)
    {
        file ??= DefaultFile();
        var errors = new List<SettingsError>();
        var options = SettingsReader.Read<ServerOptions>(file is null ? "{}"u8.ToArray() : ReadFile(file), errors);
        if (options is not null)
        {
            options = dataFolder is null ? options : options with { DataFolder = dataFolder };
            options = ServerCredentials.Fill(options, Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY"));
            // What is wrong by itself is not said again.
            var further = new List<SettingsError>();
            ServerOptionsValidator.Validate(options, further);
            errors.AddRange(further.Where(error => errors.TrueForAll(said => said.Path != error.Path)));
        }

        if (errors.Count > 0)
            throw new InputException(Describe(file ?? "the command line", errors));
        return file is null ? options! : ServerPaths.Resolve(options!, Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>All errors, each on a line of its own.</summary>
    private static string Describe(string where, List<SettingsError> errors)
    {
        if (errors is [var only])
            return $"{where}: {only}";
        var text = new StringBuilder($"{where}: {errors.Count} settings cannot be used:");
        foreach (var error in errors)
            text.Append("\n  ").Append(error);
        return text.ToString();
    }

    private static string? DefaultFile()
    {
        if (Environment.GetEnvironmentVariable("EDGEFACE_SERVER_CONFIG") is { Length: > 0 } named)
            return named;
        try
        {
            File.GetAttributes(ServerOptions.DefaultFile);
            return ServerOptions.DefaultFile;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException(
                $"{ServerOptions.DefaultFile}: this user may not read the installed configuration; run the command as the service's user "
                + "(runuser -u edgeface-server -- edgeface-server ...), or name a configuration with --config.", error);
        }
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
                throw new InputException($"{file}: is larger than {MaxFileBytes >> 20} MB; that is no configuration.");
            return File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: cannot be read ({error.Message.ReplaceLineEndings(" ")}); check the path and its permissions.", error);
        }
    }
}
