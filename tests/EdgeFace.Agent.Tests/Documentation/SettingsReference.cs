using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeFace.Agent.Configuration;
using EdgeFace.Inference;

namespace EdgeFace.Agent.Tests.Documentation;

/// <summary>One setting as the README's table has it: <c>`path` | default | range</c>.</summary>
internal sealed record DocumentedSetting(string Path, string Default, string Range)
{
    public override string ToString() => $"| `{Path}` | {Default} | {Range} |";
}

/// <summary>Every setting of the configuration, read from the options themselves.</summary>
internal static class SettingsReference
{
    /// <summary>Defaults that depend on the machine stand in words.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["device"] = "the host's name",
        ["data_folder"] = "the user's own",
        ["models.folder"] = "beside the program",
    };

    public static List<DocumentedSetting> All()
    {
        var settings = new List<DocumentedSetting>();
        Add(new AgentOptions(), "", settings);
        return settings;
    }

    private static void Add(object options, string path, List<DocumentedSetting> settings)
    {
        foreach (var property in SettingsReader.JsonOptions.GetTypeInfo(options.GetType()).Properties)
        {
            var at = path + property.Name;
            var value = property.Get!(options);
            if (ItemType(property) is { } item)
                Add(Activator.CreateInstance(item)!, at + "[].", settings);
            else if (value is not null && SettingsReader.JsonOptions.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object)
                Add(value, at + ".", settings);
            else
                settings.Add(new DocumentedSetting(at, DefaultOf(property, at, value), RangeOf(property)));
        }
    }

    /// <summary>Type of the entries of a list of objects; null for anything else.</summary>
    private static Type? ItemType(JsonPropertyInfo property)
    {
        var type = SettingsReader.JsonOptions.GetTypeInfo(property.PropertyType);
        return type.Kind == JsonTypeInfoKind.Enumerable && SettingsReader.JsonOptions.GetTypeInfo(type.ElementType!).Kind == JsonTypeInfoKind.Object
            ? type.ElementType
            : null;
    }

    private static string DefaultOf(JsonPropertyInfo property, string path, object? value)
    {
        if (Words.TryGetValue(path, out var words))
            return words;
        if (Attribute<RequiredAttribute>(property) is not null)
            return "required";
        return value is null ? "null" : $"`{JsonSerializer.Serialize(value, property.PropertyType, Compact)}`";
    }

    private static string RangeOf(JsonPropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type.IsEnum)
            return string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
        if (type == typeof(bool))
            return "true, false";
        if (Attribute<RangeAttribute>(property) is { } range)
            return string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}");
        if (Attribute<RangeOrZeroAttribute>(property) is { } orZero)
            return string.Create(CultureInfo.InvariantCulture, $"0, {orZero.Minimum} to {orZero.Maximum}");
        if (Attribute<InputSizeAttribute>(property) is not null)
            return string.Create(CultureInfo.InvariantCulture, $"{InputSize.MinSide}x{InputSize.MinSide} to {InputSize.MaxSide}x{InputSize.MaxSide}, multiples of {InputSize.Multiple}");
        if (Attribute<StringLengthAttribute>(property) is { } length)
            return string.Create(CultureInfo.InvariantCulture, $"{length.MinimumLength} to {length.MaximumLength} characters");
        return typeof(IEnumerable).IsAssignableFrom(type) && (Attribute<MinLengthAttribute>(property), Attribute<MaxLengthAttribute>(property)) is ({ } least, { } most)
            ? $"{least.Length} to {most.Length} entries"
            : "any";
    }

    private static readonly JsonSerializerOptions Compact = new(SettingsReader.JsonOptions) { WriteIndented = false };

    private static TAttribute? Attribute<TAttribute>(JsonPropertyInfo property)
        where TAttribute : Attribute
        => property.AttributeProvider?.GetCustomAttributes(typeof(TAttribute), inherit: true).Cast<TAttribute>().FirstOrDefault();
}
