namespace EdgeFace.TestKit;

/// <summary>The checkout that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder with EdgeFace.sln.</summary>
    public static string Root { get; } = Find();

    public static string Golden(string relative) => Path.Combine(Root, "tests", "golden", relative);

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "EdgeFace.sln")))
                return folder;
        }

        throw new InvalidOperationException($"No EdgeFace.sln above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
