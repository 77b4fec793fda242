using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFace.Agent.Configuration;
using EdgeFace.Core;
using EdgeFace.Messaging.RemoteConfiguration;

namespace EdgeFace.Agent.Remote;

/// <summary>
/// What this device makes of settings from afar: a merge patch over the file configuration as it was at the start, checked
/// like the file itself; then who may change what, what is locked, and what a change means.
/// </summary>
internal sealed class SettingsRules : IConfigurationRules
{
    private readonly JsonObject _document;
    private readonly string? _file;
    private readonly AgentConfiguration.Overrides _overrides;
    private readonly AgentOptions _own;

    /// <param name="document">The file configuration, which can be used.</param>
    /// <param name="file">Where it lies; null for none.</param>
    /// <param name="overrides">Of the command line; they hold whatever is desired from afar.</param>
    public SettingsRules(ReadOnlyMemory<byte> document, string? file, AgentConfiguration.Overrides overrides)
    {
        _document = JsonNode.Parse(document.Span, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip })!.AsObject();
        _file = file;
        _overrides = overrides;
        _own = Options(VersionedSettings.None);
    }

    /// <summary>The file configuration alone.</summary>
    public AgentOptions Own => _own;

    /// <exception cref="InputException">They cannot be used.</exception>
    public AgentOptions Options(VersionedSettings settings)
    {
        var errors = new List<SettingsError>();
        var options = Read(settings, errors);
        return errors.Count == 0 ? options! : throw new InputException(AgentConfiguration.Describe(_file, errors));
    }

    public SettingsVerdict Judge(VersionedSettings desired, VersionedSettings current, VersionedSettings booted)
    {
        var errors = new List<SettingsError>();
        var options = Read(desired, errors);
        var faults = errors.ConvertAll(error => new SettingFault(error.Path, Redaction.RedactAddress(error.Message)));
        if (options is null || errors.Count > 0)
            return new(faults, [], TouchesConnection: false);

        var changed = SettingsDiff.Between(Options(current), options);
        foreach (var path in changed)
        {
            if (WhyNot(path, desired.IsSigned) is { } fault)
                faults.Add(fault);
        }

        faults.AddRange(MissingFiles.Of(options, changed));
        var pending = SettingsDiff.Between(Options(booted), options).Where(path => SettingCatalog.All[path].RestartRequired);
        return new(faults, [.. pending], changed.Exists(path => SettingCatalog.All[path].Connection));
    }

    public IReadOnlyList<SettingFault> FaultsAtStart(VersionedSettings settings)
        => Judge(settings, VersionedSettings.None, VersionedSettings.None).Faults;

    /// <summary>All settings as they are reported: nothing that is secret.</summary>
    public static JsonObject Describe(AgentOptions options)
        => JsonSerializer.SerializeToNode(Redaction.Redact(options), SettingsReader.JsonOptions)!.AsObject();

    private AgentOptions? Read(VersionedSettings settings, List<SettingsError> errors)
    {
        var merged = MergePatch.Apply(_document, settings.ReadPatch())!;
        return AgentConfiguration.Read(JsonSerializer.SerializeToUtf8Bytes(merged), _file, _overrides, errors);
    }

    private SettingFault? WhyNot(string path, bool signed)
    {
        if (_own.Remote.Locked.Any(locked => path == locked || path.StartsWith(locked + ".", StringComparison.Ordinal)))
            return new(path, "is locked on the device (remote.locked)", ConfigurationCode.Locked);
        return SettingCatalog.All[path].Access switch
        {
            RemoteAccess.Open => null,
            RemoteAccess.Signed when signed => null,
            RemoteAccess.Signed => new(path, "can be changed by a signed document only", ConfigurationCode.Forbidden),
            _ => new(path, "can be changed in the file on the device only", ConfigurationCode.Forbidden),
        };
    }
}
