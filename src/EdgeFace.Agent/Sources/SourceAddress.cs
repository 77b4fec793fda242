namespace EdgeFace.Agent.Sources;

internal enum SourceKind
{
    File,
    PictureFolder,
    Network,
    Device,
}

/// <summary>Tells the kinds of sources apart by their address alone.</summary>
internal static class SourceAddress
{
    private static readonly string[] NetworkSchemes = ["rtsp://", "rtsps://", "http://", "https://", "tcp://"];

    /// <summary>Why an address cannot be used; null when it can, as far as can be seen without opening it.</summary>
    public static string? WhyInvalid(string source)
    {
        if (source.StartsWith('-'))
            return "must not begin with '-'";
        if (source.Any(char.IsControl))
            return "must not hold control characters";
        var scheme = source.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0 && !IsNetwork(source))
            return $"'{source[..scheme]}' is not a kind of source that is known: give a file, a folder of pictures, rtsp://..., http://..., tcp://... or /dev/videoN";
        return scheme >= 0 && !(Uri.TryCreate(source, UriKind.Absolute, out var uri) && uri.Host.Length > 0) ? "is not a valid address" : null;
    }

    public static SourceKind KindOf(string source)
    {
        if (IsNetwork(source))
            return SourceKind.Network;
        if (IsDevice(source))
            return SourceKind.Device;
        return Directory.Exists(source) ? SourceKind.PictureFolder : SourceKind.File;
    }

    /// <summary>Whether frames come at their own time and cannot be waited for.</summary>
    public static bool IsLive(string source) => KindOf(source) is SourceKind.Network or SourceKind.Device;

    /// <summary>A path is meant from where the configuration lies; an address or a device is not a path.</summary>
    public static bool IsPath(string source) => !source.Contains("://", StringComparison.Ordinal) && !IsDevice(source);

    private static bool IsNetwork(string source)
        => NetworkSchemes.Any(scheme => source.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    private static bool IsDevice(string source)
        => source.StartsWith("/dev/", StringComparison.Ordinal) || source.StartsWith("v4l2:", StringComparison.Ordinal);
}
