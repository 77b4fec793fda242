using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EdgeFace.Agent.Configuration;

/// <summary>
/// Reads a JSON document into options and lists everything that is wrong with it at once: unknown settings, wrong
/// types, values out of range. System.Text.Json alone stops at the first error, and the configuration binder ignores
/// what it does not know.
/// </summary>
internal static class SettingsReader
{
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowTrailingCommas = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The options of a document, or null and at least one error.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, List<SettingsError> errors)
        where T : class
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 32 });
        }
        catch (JsonException exception)
        {
            errors.Add(new SettingsError("", $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}"));
            return null;
        }

        using (document)
        {
            var before = errors.Count;
            Check(document.RootElement, JsonOptions.GetTypeInfo(typeof(T)), "", errors);
            return errors.Count == before ? document.RootElement.Deserialize<T>(JsonOptions) : null;
        }
    }

    /// <summary>Checks the ranges of options that were made in code.</summary>
    public static void CheckRanges(object options, string path, List<SettingsError> errors)
    {
        foreach (var property in JsonOptions.GetTypeInfo(options.GetType()).Properties)
        {
            var value = property.Get?.Invoke(options);
            var at = Join(path, property.Name);
            CheckAttributes(property, value, at, errors);
            if (value is not null && JsonOptions.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Object)
                CheckRanges(value, at, errors);
        }
    }

    private static void Check(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(element, type, path, errors);
                break;
            case JsonTypeInfoKind.Enumerable:
                CheckList(element, type, path, errors);
                break;
            default:
                CheckValue(element, type, path, errors);
                break;
        }
    }

    private static void CheckObject(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new SettingsError(path, $"must be an object, is {Describe(element)}"));
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var at = Join(path, member.Name);
            var property = type.Properties.FirstOrDefault(candidate => candidate.Name == member.Name);
            if (property is null)
                errors.Add(new SettingsError(at, UnknownSetting(member.Name, type)));
            else if (!seen.Add(member.Name))
                errors.Add(new SettingsError(at, "stands there twice"));
            else
                CheckMember(member.Value, property, at, errors);
        }

        foreach (var property in type.Properties)
        {
            if (!seen.Contains(property.Name) && Attributes<RequiredAttribute>(property).Any())
                errors.Add(new SettingsError(Join(path, property.Name), "must be given"));
        }
    }

    private static void CheckMember(JsonElement value, JsonPropertyInfo property, string at, List<SettingsError> errors)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!property.IsSetNullable)
                errors.Add(new SettingsError(at, "must not be null; leave it out for the default"));
            return;
        }

        var before = errors.Count;
        Check(value, JsonOptions.GetTypeInfo(property.PropertyType), at, errors);
        if (errors.Count == before)
            CheckAttributes(property, value.Deserialize(property.PropertyType, JsonOptions), at, errors);
    }

    private static void CheckList(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new SettingsError(path, $"must be a list, is {Describe(element)}"));
            return;
        }

        var index = 0;
        var itemType = JsonOptions.GetTypeInfo(type.ElementType!);
        foreach (var item in element.EnumerateArray())
            Check(item, itemType, $"{path}[{index++}]", errors);
    }

    private static void CheckValue(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        var clr = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        try
        {
            element.Deserialize(type);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            errors.Add(new SettingsError(path, $"must be {Expected(clr)}, is {Describe(element)}"));
        }
    }

    private static void CheckAttributes(JsonPropertyInfo property, object? value, string at, List<SettingsError> errors)
    {
        if (value is null)
            return;
        foreach (var attribute in Attributes<ValidationAttribute>(property))
        {
            if (!attribute.IsValid(value))
                errors.Add(new SettingsError(at, Complaint(attribute, value)));
        }
    }

    private static string Complaint(ValidationAttribute attribute, object value) => attribute switch
    {
        RangeAttribute range => FormattableString.Invariant($"must be from {range.Minimum} to {range.Maximum}, is {value}"),
        RangeOrZeroAttribute range => FormattableString.Invariant($"must be 0 or from {range.Minimum} to {range.Maximum}, is {value}"),
        StringLengthAttribute length => $"must be {length.MinimumLength} to {length.MaximumLength} characters long, is {((string)value).Length}",
        MaxLengthAttribute length => $"must hold at most {length.Length} entries, holds {((ICollection)value).Count}",
        MinLengthAttribute length => $"must hold at least {length.Length} entries, holds {((ICollection)value).Count}",
        RequiredAttribute => "must not be empty",
        _ => attribute.FormatErrorMessage("value"),
    };

    private static string UnknownSetting(string name, JsonTypeInfo type)
    {
        var nearest = type.Properties.Select(property => property.Name).MinBy(candidate => Distance(name, candidate));
        var hint = nearest is not null && Distance(name, nearest) <= Math.Max(2, name.Length / 3) ? $"; did you mean '{nearest}'?" : "";
        return $"there is no such setting{hint}";
    }

    private static string Expected(Type type)
    {
        if (type.IsEnum)
            return "one of " + string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "true or false",
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.Double or TypeCode.Single => "a number",
            _ => "a text",
        };
    }

    private static string Describe(JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.Object)
            return "an object";
        if (element.ValueKind is JsonValueKind.Array)
            return "a list";
        var text = element.GetRawText();
        return text.Length > 60 ? text[..57] + "..." : text;
    }

    private static IEnumerable<TAttribute> Attributes<TAttribute>(JsonPropertyInfo property)
        where TAttribute : Attribute
        => property.AttributeProvider?.GetCustomAttributes(typeof(TAttribute), inherit: true).Cast<TAttribute>() ?? [];

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Levenshtein distance: how many letters lie between a typing error and what was meant.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
