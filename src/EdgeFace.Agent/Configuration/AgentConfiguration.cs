using System.Text;
using EdgeFace.Core;

namespace EdgeFace.Agent.Configuration;

/// <summary>Where options come from: a file, then what the command line says.</summary>
internal static class AgentConfiguration
{
    /// <summary>A configuration is settings, not data: more than this is a mistake.</summary>
    public const int MaxFileBytes = 1 << 20;

    /// <summary>What a command line may set beside the file.</summary>
    public sealed record Overrides
    {
        public string? DataFolder { get; init; }

        public string? ModelsFolder { get; init; }

        public string? Source { get; init; }

        public string? Camera { get; init; }

        public bool WithoutMqtt { get; init; }

        public static Overrides None { get; } = new();
    }

    /// <summary>The file that is read when none is named: EDGEFACE_CONFIG, else the one in /etc if it exists; null for defaults.</summary>
    public static string? DefaultFile()
    {
        if (Environment.GetEnvironmentVariable("EDGEFACE_CONFIG") is { Length: > 0 } named)
            return named;
        return File.Exists(AgentOptions.DefaultFile) ? AgentOptions.DefaultFile : null;
    }

    /// <exception cref="InputException">The file or a setting cannot be used; every error has its line.</exception>
    public static AgentOptions Load(string? file, Overrides overrides)
    {
        file ??= DefaultFile();
        var errors = new List<SettingsError>();
        var options = file is null ? new AgentOptions() : SettingsReader.Read<AgentOptions>(ReadFile(file), errors);
        if (options is not null)
        {
            options = Apply(options, overrides);
            AgentOptionsValidator.Validate(options, errors);
            if (file is not null)
                options = ResolvePaths(options, Path.GetDirectoryName(Path.GetFullPath(file))!);
        }

        if (errors.Count > 0)
            throw new InputException(Describe(file, errors));
        return options!;
    }

    /// <summary>All errors, each on a line of its own.</summary>
    public static string Describe(string? file, IReadOnlyCollection<SettingsError> errors)
    {
        var where = file ?? "the command line";
        if (errors.Count == 1)
            return $"{where}: {errors.First()}";
        var text = new StringBuilder($"{where}: {errors.Count} settings cannot be used:");
        foreach (var error in errors)
            text.Append("\n  ").Append(error);
        return text.ToString();
    }

    private static ReadOnlyMemory<byte> ReadFile(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length > MaxFileBytes)
                throw new InputException($"{file}: {length} bytes is too large for a configuration (at most {MaxFileBytes}).");
            var bytes = File.ReadAllBytes(file);
            return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(Encoding.UTF8.Preamble.Length) : bytes;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{file}: there is no such configuration file; name one with --config.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the configuration cannot be read ({exception.Message}).", exception);
        }
    }

    private static AgentOptions Apply(AgentOptions options, Overrides overrides)
    {
        if (overrides.DataFolder is { } data)
            options = options with { DataFolder = Path.GetFullPath(data) };
        if (overrides.ModelsFolder is { } models)
            options = options with { Models = options.Models with { Folder = Path.GetFullPath(models) } };
        if (overrides.WithoutMqtt)
            options = options with { Mqtt = options.Mqtt with { Enabled = false } };
        if (overrides.Source is { } source)
            options = options with { Cameras = [new CameraOptions { Name = overrides.Camera ?? "camera1", Source = source }] };
        return options;
    }

    /// <summary>Relative paths of a file are meant from where the file lies.</summary>
    private static AgentOptions ResolvePaths(AgentOptions options, string folder)
    {
        string? At(string? path) => path is null ? null : Path.GetFullPath(path, folder);
        return options with
        {
            DataFolder = At(options.DataFolder)!,
            Models = options.Models with { Folder = At(options.Models.Folder)! },
            Cameras = [.. options.Cameras.Select(camera =>
                camera.Source.Contains("://", StringComparison.Ordinal) ? camera : camera with { Source = At(camera.Source)! })],
            Snapshots = options.Snapshots with { Folder = At(options.Snapshots.Folder) },
            Recordings = options.Recordings with { Folder = At(options.Recordings.Folder) },
            Mqtt = options.Mqtt with
            {
                UsernameFile = At(options.Mqtt.UsernameFile),
                PasswordFile = At(options.Mqtt.PasswordFile),
                Tls = options.Mqtt.Tls with
                {
                    CaFile = At(options.Mqtt.Tls.CaFile),
                    CertificateFile = At(options.Mqtt.Tls.CertificateFile),
                    KeyFile = At(options.Mqtt.Tls.KeyFile),
                },
            },
        };
    }
}
