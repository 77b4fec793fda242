using System.Text.Json.Nodes;
using EdgeFace.Core;
using EdgeFace.Core.Imaging;
using EdgeFace.Messaging.Requests;
using EdgeFace.Vision.Pictures;

namespace EdgeFace.Agent.Requests;

/// <summary>Pictures inside requests: base64 of a JPEG or PNG file.</summary>
internal static class RequestPictures
{
    /// <summary>Most pixels of a picture that is sent: what a phone takes; decoding more would cost a small board its memory.</summary>
    public const int MaxPixels = 16_000_000;

    /// <summary>Most pictures of one request.</summary>
    public const int Most = 8;

    /// <exception cref="RequestException">It is no picture; said as <paramref name="name"/>.</exception>
    public static Frame Decode(JsonNode? node, string name)
    {
        if (node is not JsonValue value || !value.TryGetValue<string>(out var text) || text.Length == 0)
            throw new RequestException(RequestCode.Bad, $"{name} must be a text: base64 of a JPEG or PNG file");
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
            throw new RequestException(RequestCode.Bad, $"{name} is not base64");
        try
        {
            return PictureReader.Decode(bytes.AsSpan(0, length), name, MaxPixels);
        }
        catch (InputException exception)
        {
            throw new RequestException(RequestCode.NotAcceptable, exception.Message);
        }
    }
}
