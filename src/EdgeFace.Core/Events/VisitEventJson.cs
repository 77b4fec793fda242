using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeFace.Core.Events;

/// <summary>The JSON form of <see cref="VisitEvent"/>: UTF-8, snake_case names, enumerations in lower case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(LowerCaseEnumConverter<VisitEventType>), typeof(LowerCaseEnumConverter<VisitDecision>), typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(VisitEvent))]
public sealed partial class VisitEventJson : JsonSerializerContext
{
    /// <summary>The schema that every published event satisfies (JSON Schema 2020-12).</summary>
    public static string ReadSchema()
    {
        using var stream = typeof(VisitEventJson).Assembly.GetManifestResourceStream("EdgeFace.Core.Schemas.visit.schema.json")
            ?? throw new InvalidOperationException("The schema of the visit event is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static byte[] Serialize(VisitEvent visitEvent) => JsonSerializer.SerializeToUtf8Bytes(visitEvent, Default.VisitEvent);
}

/// <summary>Enumeration values as <c>lower_case</c> strings.</summary>
public sealed class LowerCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;

/// <summary>Times as <c>2026-01-31T12:34:56.789Z</c>: UTC, always three decimals, so that they sort as text.</summary>
public sealed class UtcMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new JsonException($"'{reader.GetString()}' is not a time.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        => writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
}
