namespace EdgeFace.Agent.Sources;

internal enum SourceKind
{
    File,
    PictureFolder,
    Rtsp,
    Device,
}

/// <summary>Tells the kinds of sources apart by their address alone.</summary>
internal static class SourceAddress
{
    /// <summary>Why an address cannot be used; null when it can, as far as can be seen without opening it.</summary>
    public static string? WhyInvalid(string source)
    {
        if (source.StartsWith('-'))
            return "must not begin with '-'";
        if (source.Any(char.IsControl))
            return "must not hold control characters";
        var scheme = source.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0 && !IsRtsp(source))
            return $"'{source[..scheme]}' is not a kind of source that is known: give a file, a folder of pictures, rtsp://..., rtsps://... or /dev/videoN";
        return scheme >= 0 && !Uri.TryCreate(source, UriKind.Absolute, out _) ? "is not a valid address" : null;
    }

    public static SourceKind KindOf(string source)
    {
        if (IsRtsp(source))
            return SourceKind.Rtsp;
        if (source.StartsWith("/dev/", StringComparison.Ordinal))
            return SourceKind.Device;
        return Directory.Exists(source) ? SourceKind.PictureFolder : SourceKind.File;
    }

    /// <summary>Whether frames come at their own time and cannot be waited for.</summary>
    public static bool IsLive(string source) => KindOf(source) is SourceKind.Rtsp or SourceKind.Device;

    private static bool IsRtsp(string source)
        => source.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("rtsps://", StringComparison.OrdinalIgnoreCase);
}
