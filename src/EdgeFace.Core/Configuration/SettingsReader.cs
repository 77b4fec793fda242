using System.Buffers;
using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace EdgeFace.Core.Configuration;

/// <summary>
/// Reads a JSON document into options and lists everything that is wrong with it at once: unknown settings, wrong
/// types, values out of range. System.Text.Json alone stops at the first error, and the configuration binder ignores
/// what it does not know.
/// </summary>
public static class SettingsReader
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

    /// <summary>
    /// The options of a document. What cannot be used is an error and left at its default, so that the rest can still be
    /// checked against each other; null when the document is no settings at all.
    /// </summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, List<SettingsError> errors)
        where T : class
    {
        if (json.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            errors.Add(new SettingsError("", "it is empty; write {} to keep every default"));
            return null;
        }

        if (!Utf8.IsValid(json.Span))
        {
            errors.Add(new SettingsError("", $"not UTF-8 at {FirstForeign(json.Span)}; save it in that encoding"));
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 32 });
            var usable = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(usable))
                CheckObject(document.RootElement, JsonOptions.GetTypeInfo(typeof(T)), "", errors, writer);
            return document.RootElement.ValueKind == JsonValueKind.Object ? JsonSerializer.Deserialize<T>(usable.WrittenSpan, JsonOptions) : null;
        }
        catch (JsonException exception)
        {
            errors.Add(new SettingsError("", $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}"));
            return null;
        }
    }

    /// <summary>Where the first byte lies that belongs to no letter.</summary>
    private static string FirstForeign(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        var before = text[..at];
        return $"line {before.Count((byte)'\n') + 1}, byte {at - before.LastIndexOf((byte)'\n')}";
    }

    /// <summary>Checks an object and writes of it what can be used; an empty one where there is none.</summary>
    private static void CheckObject(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors, Utf8JsonWriter usable)
    {
        usable.WriteStartObject();
        if (element.ValueKind == JsonValueKind.Object)
            CheckMembers(element, type, path, errors, usable);
        else
            errors.Add(new SettingsError(path, $"must be an object, is {Describe(element)}"));
        usable.WriteEndObject();
    }

    private static void CheckMembers(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors, Utf8JsonWriter usable)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var name = NameOf(member);
            var at = Join(path, name);
            var property = type.Properties.FirstOrDefault(candidate => candidate.Name == name);
            if (property is null)
                errors.Add(new SettingsError(at, UnknownSetting(name, type)));
            else if (!seen.Add(name))
                errors.Add(new SettingsError(at, "stands there twice"));
            else
                CheckMember(member.Value, property, at, errors, usable);
        }

        foreach (var property in type.Properties)
        {
            if (!seen.Contains(property.Name) && Attributes<RequiredAttribute>(property).Any())
                errors.Add(new SettingsError(Join(path, property.Name), "must be given"));
        }
    }

    private static void CheckMember(JsonElement value, JsonPropertyInfo property, string at, List<SettingsError> errors, Utf8JsonWriter usable)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!property.IsSetNullable)
                errors.Add(new SettingsError(at, "must not be null; leave it out for the default"));
            return;
        }

        var type = JsonOptions.GetTypeInfo(property.PropertyType);
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            usable.WritePropertyName(property.Name);
            CheckObject(value, type, at, errors, usable);
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable && JsonOptions.GetTypeInfo(type.ElementType!) is { Kind: JsonTypeInfoKind.Object } itemType)
        {
            CheckObjects(value, property, itemType, at, errors, usable);
        }
        else
        {
            var before = errors.Count;
            CheckPlain(value, type, at, errors);
            if (errors.Count == before)
                CheckAttributes(property, value.Deserialize(type), at, errors);
            if (errors.Count > before)
                return;
            usable.WritePropertyName(property.Name);
            value.WriteTo(usable);
        }
    }

    private static void CheckObjects(
        JsonElement value, JsonPropertyInfo property, JsonTypeInfo itemType, string at, List<SettingsError> errors, Utf8JsonWriter usable)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new SettingsError(at, $"must be a list, is {Describe(value)}"));
            return;
        }

        CheckAttributes(property, value.EnumerateArray().ToList(), at, errors);
        usable.WriteStartArray(property.Name);
        var index = 0;
        foreach (var item in value.EnumerateArray())
            CheckObject(item, itemType, $"{at}[{index++}]", errors, usable);
        usable.WriteEndArray();
    }

    /// <summary>A value, or a list of values.</summary>
    private static void CheckPlain(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        if (type.Kind != JsonTypeInfoKind.Enumerable)
        {
            CheckValue(element, type, path, errors);
            return;
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new SettingsError(path, $"must be a list, is {Describe(element)}"));
            return;
        }

        var index = 0;
        var itemType = JsonOptions.GetTypeInfo(type.ElementType!);
        foreach (var item in element.EnumerateArray())
            CheckValue(item, itemType, $"{path}[{index++}]", errors);
    }

    private static void CheckValue(JsonElement element, JsonTypeInfo type, string path, List<SettingsError> errors)
    {
        var clr = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        try
        {
            var value = element.Deserialize(type);
            if (value is null)
                errors.Add(new SettingsError(path, $"must be {Expected(clr)}, is null"));
            // The converter also takes other cases and lists of names, which the schema does not.
            else if (clr.IsEnum && !Names(clr).Contains(element.GetString()))
                errors.Add(new SettingsError(path, $"must be {Expected(clr)}, is {Describe(element)}"));
            else if (value is string text && text.Any(char.IsControl))
                errors.Add(new SettingsError(path, "must not hold control characters"));
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
        // An empty name is neither given nor long enough: one error a mistake.
        if (Attributes<ValidationAttribute>(property).FirstOrDefault(attribute => !attribute.IsValid(value)) is { } broken)
            errors.Add(new SettingsError(at, Complaint(broken, value)));
    }

    private static string Complaint(ValidationAttribute attribute, object value) => attribute switch
    {
        RangeAttribute range => FormattableString.Invariant($"must be from {range.Minimum} to {range.Maximum}, is {value}"),
        RangeOrZeroAttribute range => FormattableString.Invariant($"must be 0 or from {range.Minimum} to {range.Maximum}, is {value}"),
        StringLengthAttribute length => $"must be {length.MinimumLength} to {length.MaximumLength} characters long, is {((string)value).Length}",
        MaxLengthAttribute length => $"must hold at most {length.Length} entries, holds {((ICollection)value).Count}",
        MinLengthAttribute length => $"must hold at least {length.Length} entries, holds {((ICollection)value).Count}",
        RequiredAttribute => "must not be empty",
        RegularExpressionAttribute form => $"{form.FormatErrorMessage("value")}, is \"{value}\"",
        _ => attribute.FormatErrorMessage("value"),
    };

    /// <summary>JSON can spell half of a surrogate pair, which is no text.</summary>
    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    private static string UnknownSetting(string name, JsonTypeInfo type)
    {
        var nearest = type.Properties.Select(property => property.Name).MinBy(candidate => Distance(name, candidate));
        var hint = nearest is not null && Distance(name, nearest) <= Math.Max(2, name.Length / 3) ? $"; did you mean '{nearest}'?" : "";
        return $"there is no such setting{hint}";
    }

    private static string Expected(Type type)
    {
        if (type.IsEnum)
            return "one of " + string.Join(", ", Names(type));
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "true or false",
            TypeCode.Int32 or TypeCode.Int64 => "a whole number",
            TypeCode.Double or TypeCode.Single => "a number",
            _ => "a text",
        };
    }

    private static IEnumerable<string> Names(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);

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
