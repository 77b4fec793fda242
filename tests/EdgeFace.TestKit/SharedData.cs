namespace EdgeFace.TestKit;

/// <summary>
/// Research data that lies beside a checkout and is never part of it. Tests that need it use
/// <see cref="SharedDataFactAttribute"/> and are skipped aloud where it is absent.
/// </summary>
public static class SharedData
{
    /// <summary>The folder <c>shared</c> beside the repository, or the one that EDGEFACE_SHARED names; null when there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>A path below <c>shared</c>, or null when it does not exist.</summary>
    public static string? Path(string relative)
    {
        if (Root is null)
            return null;
        var path = System.IO.Path.Combine(Root, relative);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("EDGEFACE_SHARED") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        var beside = System.IO.Path.Combine(Repository.Root, "..", "shared");
        return Directory.Exists(beside) ? System.IO.Path.GetFullPath(beside) : null;
    }
}
