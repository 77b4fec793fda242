using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace EdgeFace.Devices;

internal enum CaptureKind
{
    File,
    Device,

    /// <summary>A URL; it may hold a user name and password, so it never appears in a command line.</summary>
    Url,
}

/// <summary>What the option <c>Input</c> means.</summary>
internal sealed partial class CaptureInput
{
    private static readonly string[] Schemes = ["rtsp", "rtsps", "http", "https", "tcp"];

    private readonly string[] _secrets;

    private CaptureInput(CaptureKind kind, string address, string description, string[] secrets)
    {
        Kind = kind;
        Address = address;
        Description = description;
        _secrets = secrets;
    }

    public CaptureKind Kind { get; }

    /// <summary>Full path, or the URL with all it holds: never to be shown.</summary>
    public string Address { get; }

    /// <summary>For messages: the URL without user, password and query (some cameras take the password there).</summary>
    public string Description { get; }

    public bool IsLive => Kind != CaptureKind.File;

    public bool IsRtsp => Kind == CaptureKind.Url && Address.StartsWith("rtsp", StringComparison.OrdinalIgnoreCase);

    public static bool TryParse(string? input, [NotNullWhen(true)] out CaptureInput? parsed, out string reason)
    {
        parsed = null;
        reason = "";
        if (string.IsNullOrWhiteSpace(input))
            reason = "Input is empty; give a file, an rtsp:// address or /dev/videoN.";
        else if (input.Any(char.IsControl))
            reason = "Input holds control characters; give a file, an rtsp:// address or /dev/videoN.";
        else if (input[0] == '-')
            reason = "Input begins with '-'; write ./ in front when it is a file.";
        else
            parsed = Parse(input, out reason);
        return parsed is not null;
    }

    /// <summary>A line of the child's with every user name, password and query of this input taken out.</summary>
    public string Redact(string line)
    {
        if (Kind != CaptureKind.Url)
            return line;
        line = line.Replace(Address, Description, StringComparison.Ordinal);
        foreach (var secret in _secrets)
            line = line.Replace(secret, "***", StringComparison.Ordinal);
        return UserInfo().Replace(line, "://***@");
    }

    private static CaptureInput? Parse(string input, out string reason)
    {
        reason = "";
        if (input.StartsWith("v4l2:", StringComparison.Ordinal))
            return Local(CaptureKind.Device, input["v4l2:".Length..], out reason);
        if (input.StartsWith("/dev/video", StringComparison.Ordinal))
            return Local(CaptureKind.Device, input, out reason);
        var colon = input.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0)
            return Local(CaptureKind.File, input, out reason);
        var scheme = input[..colon];
        if (Schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))
            return ParseUrl(input, out reason);
        reason = scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '.' or '-')
            ? $"Input has the scheme '{scheme}'; use one of {string.Join(", ", Schemes)}, a file, or /dev/videoN."
            : $"Input has an unknown scheme; use one of {string.Join(", ", Schemes)}, a file, or /dev/videoN.";
        return null;
    }

    private static CaptureInput? Local(CaptureKind kind, string path, out string reason)
    {
        reason = path.Length == 0 ? "Input names no device; write v4l2:/dev/video0." : "";
        if (path.Length == 0)
            return null;
        var full = Path.GetFullPath(path);
        return new CaptureInput(kind, full, full, []);
    }

    private static CaptureInput? ParseUrl(string input, out string reason)
    {
        reason = "";
        if (!Uri.TryCreate(input, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || input.Contains(' ', StringComparison.Ordinal))
        {
            reason = "Input is not a valid address; write SCHEME://[USER:PASSWORD@]HOST[:PORT]/PATH and encode special characters of "
                + "user and password (@ as %40, / as %2F, : as %3A).";
            return null;
        }

        var description = $"{uri.Scheme}://{(uri.UserInfo.Length > 0 ? "***@" : "")}{uri.Authority}{uri.AbsolutePath}{(uri.Query.Length > 0 ? "?***" : "")}";
        return new CaptureInput(CaptureKind.Url, input, description, SecretsOf(input, uri));
    }

    private static string[] SecretsOf(string input, Uri uri)
    {
        List<string> secrets = [];
        var at = input.IndexOf("://", StringComparison.Ordinal) + 3;
        var authority = input[at..].Split('/', '?', '#')[0];
        if (authority.LastIndexOf('@') is var end and > 0)
        {
            var userInfo = authority[..end];
            var password = userInfo.Split(':', 2) is [_, var rest] ? rest : "";
            secrets.AddRange([userInfo, Uri.UnescapeDataString(userInfo), password, Uri.UnescapeDataString(password)]);
        }

        if (uri.Query.Length > 1)
            secrets.AddRange([uri.Query[1..], Uri.UnescapeDataString(uri.Query[1..])]);
        // One or two letters would black out half of every line and tell more than they hide.
        return [.. secrets.Where(secret => secret.Length > 2).Distinct().OrderByDescending(secret => secret.Length)];
    }

    [GeneratedRegex(@"://[^/\s'""]*@")]
    private static partial Regex UserInfo();
}
