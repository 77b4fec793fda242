using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeFace.Core;
using Microsoft.AspNetCore.Http;

namespace EdgeFace.Server.Api;

/// <summary>Bodies of requests, read as strictly as the configuration: every error of a document at once.</summary>
internal static class Bodies
{
    /// <summary>Most bytes of a JSON body.</summary>
    public const int MaxJsonBytes = 1 << 20;

    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static async Task<T> ReadAsync<T>(HttpContext context)
        where T : class
        => Parse<T>(await BytesAsync(context, "application/json"));

    /// <summary>A merge patch (RFC 7396) over what is there: what it names is replaced, null takes away, the rest stays.</summary>
    public static async Task<T> PatchAsync<T>(HttpContext context, T present)
        where T : class
    {
        var patch = AsObject(await BytesAsync(context, "application/merge-patch+json", "application/json"));
        var merged = JsonSerializer.SerializeToNode(present, Json)!.AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null && merged.ContainsKey(name))
                merged.Remove(name);
            else
                merged[name] = value?.DeepClone();
        }

        return Parse<T>(JsonSerializer.SerializeToUtf8Bytes(merged));
    }

    public static IResult Ok(object value, long? version = null, int status = StatusCodes.Status200OK) => new JsonResult(value, version, status, null);

    public static IResult Created(string location, object value, long? version = null) => new JsonResult(value, version, StatusCodes.Status201Created, location);

    private static T Parse<T>(byte[] body)
        where T : class
    {
        var errors = new List<SettingsError>();
        var value = SettingsReader.Read<T>(body, errors);
        return errors.Count == 0 && value is not null
            ? value
            : throw Invalid(errors.ConvertAll(error => error with { Message = error.Message.Replace("no such setting", "no such field", StringComparison.Ordinal) }));
    }

    /// <summary>All that is wrong with a body.</summary>
    public static RequestException Invalid(IReadOnlyCollection<SettingsError> errors)
    {
        var list = new JsonArray([.. errors.Select(error => (JsonNode)new JsonObject { ["field"] = error.Path, ["message"] = error.Message })]);
        return new RequestException(
            StatusCodes.Status400BadRequest, "invalid", $"The body cannot be used: {string.Join("; ", errors)}.", new JsonObject { ["errors"] = list });
    }

    private static JsonObject AsObject(byte[] body)
    {
        try
        {
            return StrictJson.Parse(body) as JsonObject ?? throw Invalid([new SettingsError("", "must be an object")]);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Invalid([new SettingsError("", "not valid JSON")]);
        }
    }

    private static async Task<byte[]> BytesAsync(HttpContext context, params string[] types)
    {
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        if (!types.Contains(type, StringComparer.OrdinalIgnoreCase))
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", $"The body must be {types[0]}.");
        return await ReadAllAsync(context, MaxJsonBytes);
    }

    /// <summary>A whole body, never more of it than allowed.</summary>
    public static async Task<byte[]> ReadAllAsync(HttpContext context, int most)
    {
        using var body = new MemoryStream();
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > most)
                throw new RequestException(StatusCodes.Status413PayloadTooLarge, "too_large", $"The body is larger than {most / (1 << 20)} MB.");
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private sealed class JsonResult(object value, long? version, int status, string? location) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            if (version is { } number)
            {
                context.Response.Headers.ETag = Versions.TagOf(number);
                if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.IfNoneMatch.Contains(Versions.TagOf(number)))
                {
                    context.Response.StatusCode = StatusCodes.Status304NotModified;
                    return Task.CompletedTask;
                }
            }

            if (location is not null)
                context.Response.Headers.Location = location;
            context.Response.StatusCode = status;
            return context.Response.WriteAsJsonAsync(value, value.GetType(), Json, "application/json; charset=utf-8", context.RequestAborted);
        }
    }
}

/// <summary>Versions in headers: an ETag is the version in quotes.</summary>
internal static class Versions
{
    public static string TagOf(long version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The version that If-Match asks for; null when it asks for none.</summary>
    public static long? Expected(HttpContext context)
    {
        var tag = context.Request.Headers.IfMatch.ToString();
        if (tag.Length == 0 || tag == "*")
            return null;
        return tag.Length > 2 && tag[0] == '"' && tag[^1] == '"' && long.TryParse(tag.AsSpan(1, tag.Length - 2), System.Globalization.NumberStyles.None, null, out var version)
            ? version
            // An ETag of somebody else's making cannot match.
            : -1;
    }
}

/// <summary>Words of the API for enumerations.</summary>
internal static class Names
{
    public static string Of<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
