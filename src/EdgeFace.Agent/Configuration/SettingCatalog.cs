using System.Text.Json.Serialization.Metadata;

namespace EdgeFace.Agent.Configuration;

/// <summary>What a change of a setting from afar means.</summary>
internal readonly record struct SettingTraits(RemoteAccess Access, bool RestartRequired, bool Connection);

/// <summary>The traits of every setting, from the attributes of the options; what has none of its own takes its section's.</summary>
internal static class SettingCatalog
{
    private static readonly Dictionary<string, SettingTraits> Traits = Build();

    /// <summary>Every setting's path, as in <c>mqtt.tls.ca_file</c>; a list is one setting.</summary>
    public static IReadOnlyDictionary<string, SettingTraits> All => Traits;

    private static Dictionary<string, SettingTraits> Build()
    {
        var all = new Dictionary<string, SettingTraits>(StringComparer.Ordinal);
        Add(typeof(AgentOptions), "", default, [], all);
        return all;
    }

    /// <param name="of">What the section says of single settings below it.</param>
    private static void Add(Type type, string prefix, SettingTraits section, RemoteAttribute[] of, Dictionary<string, SettingTraits> all)
    {
        foreach (var property in SettingsReader.JsonOptions.GetTypeInfo(type).Properties)
        {
            var path = prefix + property.Name;
            var remotes = property.AttributeProvider!.GetCustomAttributes(inherit: true).OfType<RemoteAttribute>().ToArray();
            var access = Array.Find(remotes, remote => remote.Setting is null) ?? Array.Find(of, remote => remote.Setting == property.Name);
            var traits = Of(property, section with { Access = access?.Access ?? section.Access });
            if (SettingsReader.JsonOptions.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object)
                Add(property.PropertyType, path + ".", traits, remotes, all);
            else
                all.Add(path, traits);
        }
    }

    private static SettingTraits Of(JsonPropertyInfo property, SettingTraits section)
    {
        var attributes = property.AttributeProvider!.GetCustomAttributes(inherit: true);
        return new SettingTraits(
            section.Access,
            section.RestartRequired || attributes.OfType<RestartRequiredAttribute>().Any(),
            section.Connection || attributes.OfType<ConnectionSettingAttribute>().Any());
    }
}
