using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EdgeFace.Server.Api;

/// <summary>Takes a photo from a body: as it is, or as the first file of a form.</summary>
internal static class PhotoUpload
{
    private const int MaxBoundary = 100;

    public static Task<byte[]> ReadAsync(HttpContext context, int most)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type))
            throw Unsupported();
        return type.MediaType.Value?.ToLowerInvariant() switch
        {
            "image/jpeg" or "image/png" or "application/octet-stream" => Bodies.ReadAllAsync(context, most),
            "multipart/form-data" => FromFormAsync(context, HeaderUtilities.RemoveQuotes(type.Boundary).Value, most),
            _ => throw Unsupported(),
        };
    }

    /// <summary>Read by hand: the framework's form reader would put large files into a temporary folder.</summary>
    private static async Task<byte[]> FromFormAsync(HttpContext context, string? boundary, int most)
    {
        if (boundary is null or { Length: 0 or > MaxBoundary })
            throw Malformed();
        try
        {
            var reader = new MultipartReader(boundary, context.Request.Body) { BodyLengthLimit = most };
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || !disposition.IsFileDisposition())
                    continue;
                using var photo = new MemoryStream();
                await section.Body.CopyToAsync(photo, context.RequestAborted);
                return photo.ToArray();
            }
        }
        catch (InvalidDataException)
        {
            throw new RequestException(StatusCodes.Status413PayloadTooLarge, "too_large", $"The form cannot be read: it is damaged, or its photo is larger than {most / 1_000_000} MB.");
        }
        catch (IOException error) when (error is not BadHttpRequestException)
        {
            throw Malformed();
        }

        throw Malformed();
    }

    private static RequestException Malformed() => new(StatusCodes.Status400BadRequest, "invalid", "The form holds no file: send the photo as its first file.");

    private static RequestException Unsupported()
        => new(StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "The body must be image/jpeg, image/png or multipart/form-data.");
}
