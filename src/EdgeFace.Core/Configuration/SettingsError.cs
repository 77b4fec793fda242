namespace EdgeFace.Core.Configuration;

/// <summary>One thing that is wrong with a configuration.</summary>
/// <param name="Path">The setting, as in <c>cameras[0].width</c>; empty for the document itself.</param>
public sealed record SettingsError(string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}
