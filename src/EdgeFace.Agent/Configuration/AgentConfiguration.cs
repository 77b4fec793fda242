using System.Text;
using EdgeFace.Agent.Sources;
using EdgeFace.Core;
using EdgeFace.Messaging;

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
    /// <exception cref="InputException">The one in /etc is there and this user may not see it: its defaults would be another gallery.</exception>
    public static string? DefaultFile()
    {
        if (Environment.GetEnvironmentVariable("EDGEFACE_CONFIG") is { Length: > 0 } named)
            return named;
        try
        {
            File.GetAttributes(AgentOptions.DefaultFile);
            return AgentOptions.DefaultFile;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new InputException(
                $"{AgentOptions.DefaultFile}: this user may not read the installed configuration; run the command as the service's user "
                + "(runuser -u edgeface -- edgeface ...), or name a configuration with --config.", exception);
        }
    }

    /// <exception cref="InputException">The file or a setting cannot be used; every error has its line.</exception>
    public static AgentOptions Load(string? file, Overrides overrides)
    {
        file ??= DefaultFile();
        var errors = new List<SettingsError>();
        var options = Read(file is null ? "{}"u8.ToArray() : ReadFile(file), file, overrides, errors);
        if (errors.Count > 0)
            throw new InputException(Describe(file, errors));
        return options!;
    }

    /// <summary>The options of a document that stands, or would stand, in a file; null, or errors, when it cannot be used.</summary>
    public static AgentOptions? Read(ReadOnlyMemory<byte> document, string? file, Overrides overrides, List<SettingsError> errors)
    {
        var options = SettingsReader.Read<AgentOptions>(document, errors);
        if (options is null)
            return null;
        options = Apply(options, overrides, errors);
        AddUnlessSaid(errors, further => AgentOptionsValidator.Validate(options, further));
        return file is null || errors.Count > 0 ? options : ResolvePaths(options, Path.GetDirectoryName(Path.GetFullPath(file))!);
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

    /// <exception cref="InputException">It is not there, too large, or cannot be read.</exception>
    public static ReadOnlyMemory<byte> ReadFile(string file)
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

    /// <summary>What the command line says is checked like what a file says, under the option's name.</summary>
    private static AgentOptions Apply(AgentOptions options, Overrides overrides, List<SettingsError> errors)
    {
        if (PathOf(overrides.DataFolder, "--data", errors) is { } data)
            options = options with { DataFolder = data };
        if (PathOf(overrides.ModelsFolder, "--models", errors) is { } models)
            options = options with { Models = options.Models with { Folder = models } };
        if (overrides.WithoutMqtt)
            options = options with { Mqtt = options.Mqtt with { Enabled = false } };
        if (overrides.Source is null && overrides.Camera is not null)
            errors.Add(new SettingsError("--camera", "names the camera of --source, which is not given"));
        return overrides.Source is null ? options : options with { Cameras = CameraOf(overrides.Source, overrides.Camera ?? "camera1", errors) };
    }

    private static IReadOnlyList<CameraOptions> CameraOf(string source, string name, List<SettingsError> errors)
    {
        if (!Topics.IsValidLevel(name, out var reason))
            errors.Add(new SettingsError("--camera", reason));
        if ((source.Length == 0 ? "must not be empty" : SourceAddress.WhyInvalid(source)) is { } unusable)
            errors.Add(new SettingsError("--source", unusable));
        else if (SourceAddress.IsPath(source))
            source = Path.GetFullPath(source);
        return errors.Count > 0 ? [] : [new CameraOptions { Name = name, Source = source }];
    }

    private static string? PathOf(string? path, string option, List<SettingsError> errors)
    {
        if (path is not { Length: 0 })
            return path is null ? null : Path.GetFullPath(path);
        errors.Add(new SettingsError(option, "must not be empty"));
        return null;
    }

    /// <summary>A setting that is wrong already is at its default here: what is wrong with that is not the user's mistake.</summary>
    private static void AddUnlessSaid(List<SettingsError> errors, Action<List<SettingsError>> check)
    {
        var further = new List<SettingsError>();
        check(further);
        errors.AddRange(further.Where(error => !errors.Exists(said => said.Path == error.Path)).ToList());
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
                SourceAddress.IsPath(camera.Source) ? camera with { Source = At(camera.Source)! } : camera)],
            Gallery = options.Gallery with { KeyFile = At(options.Gallery.KeyFile) },
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
            Remote = options.Remote with { Keys = [.. options.Remote.Keys.Select(key => key with { File = At(key.File)! })] },
        };
    }
}
