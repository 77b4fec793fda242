using System.Text.RegularExpressions;

namespace EdgeFace.Agent.Configuration;

/// <summary>Takes secrets out of what is shown or sent. Passwords stand in files of their own; addresses may still carry one.</summary>
internal static partial class Redaction
{
    public static AgentOptions Redact(AgentOptions options) => options with
    {
        Cameras = [.. options.Cameras.Select(camera => camera with { Source = RedactAddress(camera.Source) })],
    };

    /// <summary>
    /// <c>rtsp://user:password@host/a?pwd=b</c> becomes <c>rtsp://***@host/a?***</c>, anywhere in a text: some cameras
    /// take the password in the query.
    /// </summary>
    public static string RedactAddress(string text) => Query().Replace(Credentials().Replace(text, "$1***@"), "$1***");

    [GeneratedRegex(@"([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s""]*@", RegexOptions.CultureInvariant)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"([a-zA-Z][a-zA-Z0-9+.-]*://[^\s""?]*\?)[^\s""]+", RegexOptions.CultureInvariant)]
    private static partial Regex Query();
}
